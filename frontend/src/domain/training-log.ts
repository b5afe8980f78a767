/** The rows of a training's log: whatever figures a version of the worker reports, by name. */

export type LogRow = Readonly<Record<string, unknown>>;

/** How sure the teacher is of each class, in a row. */
const CONFIDENCE = "class_confidence";
/** The sum first, then its parts in the order of the method; what is not known here follows. */
const LOSSES = ["loss", "source_loss", "answered_loss", "pseudo_loss", "contrast_loss"];

export function lossNames(rows: readonly LogRow[]): string[] {
  const names = numbered(rows).filter((name) => name.split("_").includes("loss"));
  const place = (name: string) => (LOSSES.includes(name) ? LOSSES.indexOf(name) : LOSSES.length);
  return names.sort((one, other) => place(one) - place(other));
}

/** Figures that are no losses: shares, rates. */
export function otherNames(rows: readonly LogRow[]): string[] {
  return numbered(rows).filter((name) => name !== "iteration" && !name.split("_").includes("loss"));
}

export function valuesOf(rows: readonly LogRow[], name: string): number[] {
  return rows.map((row) => row[name]).filter((value) => typeof value === "number");
}

/** The newest confidence of each class, 0 to 1, null where it was not seen; null where no row tells of so many classes. */
export function confidences(rows: readonly LogRow[], numClasses: number): (number | null)[] | null {
  const value = rows.findLast((row) => Array.isArray(row[CONFIDENCE]))?.[CONFIDENCE];
  if (!Array.isArray(value) || value.length !== numClasses) return null;
  return value.map((one) => (typeof one === "number" ? Math.min(1, Math.max(0, one)) : null));
}

/** At most about `count` of the rows, evenly, the last among them. */
export function thinned<Row>(rows: readonly Row[], count: number): Row[] {
  const step = Math.ceil(rows.length / count);
  return rows.filter((_, index) => (rows.length - 1 - index) % step === 0);
}

/** Names of whatever is a number in the newest row and was not 0 all along: a term that is switched off says nothing. */
function numbered(rows: readonly LogRow[]): string[] {
  const latest = rows.at(-1) ?? {};
  return Object.keys(latest).filter(
    (name) =>
      typeof latest[name] === "number" && rows.some((row) => row[name] !== 0 && row[name] !== undefined),
  );
}
