/** Numbers in words, as a language writes them: short and steady in width. */

export interface Numbers {
  /** Whole, with its thousands apart. */
  readonly count: (value: number) => string;
  readonly decimal: (value: number, digits: number) => string;
  readonly percent: (share: number | null | undefined, digits?: number) => string;
  /** By how much a share has grown or shrunk, in points of a hundred. */
  readonly points: (change: number) => string;
  readonly duration: (seconds: number) => string;
  /** A large number in little room: 1,234, then 12.3 k, 4.56 M. */
  readonly short: (count: number) => string;
  /** A number and what is counted, in the form that the language's plural rules ask for. */
  readonly counted: (count: number, one: string, many?: string) => string;
  /** The form of a word that goes with `count`. */
  readonly plural: (count: number, one: string, many: string) => string;
  /** Several things in a row: a, b and c. */
  readonly list: (items: readonly string[]) => string;
  /** A day and its time. */
  readonly moment: (iso: string) => string;
}

/** Abbreviated units are SI's, which are the same in every language. */
export function numbersIn(locale: string): Numbers {
  const rules = new Intl.PluralRules(locale);
  const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const moments = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
  const lists = new Intl.ListFormat(locale);
  const count = (value: number) => whole.format(value);
  const decimal = (value: number, digits: number) =>
    value.toLocaleString(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const plural = (value: number, one: string, many: string) => (rules.select(value) === "one" ? one : many);
  return {
    count,
    decimal,
    plural,
    percent: (share, digits = 1) =>
      share === null || share === undefined ? "–" : `${decimal(share * 100, digits)}\u202f%`,
    points: (change) => `${change < 0 ? "−" : "+"}${decimal(Math.abs(change) * 100, 1)}`,
    duration: (seconds) => {
      if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
      if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
      return `${decimal(seconds / 3600, 1)} h`;
    },
    short: (value) => {
      if (value < 10_000) return count(value);
      const [scaled, unit] = value < 1e6 ? [value / 1e3, "k"] : [value / 1e6, "M"];
      const digits = scaled < 1000 ? 3 : 4;
      const figures = { minimumSignificantDigits: digits, maximumSignificantDigits: digits };
      return `${scaled.toLocaleString(locale, figures)}\u202f${unit}`;
    },
    counted: (value, one, many = `${one}s`) => `${count(value)} ${plural(value, one, many)}`,
    list: (items) => lists.format(items),
    moment: (iso) => moments.format(new Date(iso)),
  };
}

/** For what is not in the message catalogue yet: the screens that only admins see. */
export const { count, decimal, moment, percent, duration, counted, short } = numbersIn("en-GB");
