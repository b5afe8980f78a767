/** What automation bias comes to, in words. */

import type { PeopleView } from "../../../api/types";
import { count, counted, percent } from "../../../domain/words";

/**
 * An interval of more shares than this says too little to be told as a finding. With 100 answers of either kind it is
 * narrower, whatever they are.
 */
const WIDEST = 0.3;
const NEEDED = 100;

export interface Interval {
  readonly difference: number;
  readonly low: number;
  readonly high: number;
}

/** The difference with its interval; null: there are not answers of both kinds. */
export function intervalOf({ automation_bias: { difference, low, high } }: PeopleView): Interval | null {
  return difference === null || low === null || high === null ? null : { difference, low, high };
}

/** Two sentences: what was found, and what follows. */
export function biasInWords(people: PeopleView): string {
  const interval = intervalOf(people);
  const { shown, hidden } = people.total;
  if (interval === null || interval.high - interval.low > WIDEST) {
    const also = shown.answers < NEEDED ? ` and ${count(shown.answers)} with suggestions in sight` : "";
    const each = also === "" ? "" : " of each";
    return `Not known yet: ${counted(hidden.answers, "answer")} with hidden suggestions${also}; some ${NEEDED}${each} are needed.`;
  }
  const { difference, low, high } = interval;
  const points = Math.abs(inPoints(difference));
  const found =
    `With the suggestion in sight people agree with it in ${share(shown)} of regions, without it in ` +
    `${share(hidden)}: ${points} ${points === 1 ? "point" : "points"} ${difference < 0 ? "fewer" : "more"} ` +
    `(95\u202f% interval ${signed(low)} to ${signed(high)}).`;
  return `${found} ${consequence(interval)}`;
}

function consequence({ low, high }: Interval): string {
  if (low > 0) return "Seeing it sways them.";
  if (high < 0) return "Seeing it makes them doubt it.";
  return "That may be chance: the interval holds 0.";
}

/** The interval for who cannot see its picture. */
export function intervalInWords({ difference, low, high }: Interval): string {
  const zero = low > 0 || high < 0 ? "outside" : "inside";
  return `Difference of ${signed(difference)} points, 95 % interval from ${signed(low)} to ${signed(high)}; 0 is ${zero} it`;
}

/** A share in whole points, with a real minus. */
export function signed(share: number): string {
  const points = inPoints(share);
  return points < 0 ? `−${-points}` : String(points);
}

function inPoints(share: number): number {
  return Math.round(share * 100) || 0; // no -0
}

function share({ agreeing, answers }: { agreeing: number; answers: number }): string {
  return percent(agreeing / answers, 0);
}
