/** What a round's teacher is sure enough of to teach, and what people have said instead. */

import { IGNORE_INDEX } from "./classes";
import type { Size } from "./geometry";

export const LEVELS = 256;
/** How a person's answer is written in the map of answers: said, said and left out, not said. */
const [SPOKEN, NOT_SPOKEN] = [255, 0];

/** What is known of an image, pixel by pixel. */
export interface Inspected extends Size {
  /** Class ids, as the teacher sees them. */
  readonly prediction: Uint8Array;
  /** Entropy, as 255 times the root of its share of the largest. */
  readonly levels: Uint8Array;
  /** What people had said, when the round's training began. */
  readonly said: Said | null;
}

export interface Said {
  readonly labels: Uint8Array;
  readonly spoken: Uint8Array;
}

/** Why a pixel teaches what it teaches. `sieved`: the teacher contradicts a coarse answer, and neither teaches. */
export type Verdict = "kept" | "dropped" | "answered" | "void" | "sieved";

/** `level`: the highest that is kept. */
export function verdictAt({ levels, said }: Inspected, index: number, level: number): Verdict {
  const spoken = said?.spoken[index] ?? NOT_SPOKEN;
  if (spoken === NOT_SPOKEN) return (levels[index] ?? 0) <= level ? "kept" : "dropped";
  if (spoken !== SPOKEN) return "sieved";
  return said?.labels[index] === IGNORE_INDEX ? "void" : "answered";
}

/** Normalised entropy, 0 to 1. */
export function entropyOf(level: number): number {
  return (level / (LEVELS - 1)) ** 2;
}

/** Pixels that the teacher takes for one class. */
export interface ClassRow {
  readonly class_id: number;
  readonly kept: number;
  readonly dropped: number;
  /** People have said the same. */
  readonly agreed: number;
  /** People have said another class. */
  readonly overruled: number;
  readonly void: number;
  readonly sieved: number;
  /** Mean of those that nobody has answered; null where there are none. */
  readonly entropy: number | null;
}

/** An image's pixels by class and level, so that a row for any level costs nothing. */
export interface ImageCounts {
  /** `numClasses` times 256 levels, of pixels that nobody has answered. */
  readonly open: Uint32Array;
  readonly agreed: Uint32Array;
  readonly overruled: Uint32Array;
  readonly void: Uint32Array;
  readonly sieved: Uint32Array;
}

export function countsOf(inspected: Inspected, numClasses: number): ImageCounts {
  const { prediction, levels, said } = inspected;
  const made = () => new Uint32Array(numClasses);
  const counts = {
    open: new Uint32Array(numClasses * LEVELS),
    agreed: made(),
    overruled: made(),
    void: made(),
    sieved: made(),
  };
  const add = (to: Uint32Array, place: number) => (to[place] = (to[place] ?? 0) + 1);
  for (let index = 0; index < prediction.length; index += 1) {
    const classId = prediction[index] ?? 0;
    switch (verdictAt(inspected, index, LEVELS)) {
      case "kept":
      case "dropped":
        add(counts.open, classId * LEVELS + (levels[index] ?? 0));
        break;
      case "answered":
        add(said?.labels[index] === classId ? counts.agreed : counts.overruled, classId);
        break;
      case "void":
        add(counts.void, classId);
        break;
      case "sieved":
        add(counts.sieved, classId);
        break;
    }
  }
  return counts;
}

export function rowsAt(counts: ImageCounts, level: number): ClassRow[] {
  return Array.from(counts.agreed, (agreed, class_id) => {
    let [kept, dropped, sum] = [0, 0, 0];
    for (let one = 0; one < LEVELS; one += 1) {
      const count = counts.open[class_id * LEVELS + one] ?? 0;
      if (one <= level) kept += count;
      else dropped += count;
      sum += count * entropyOf(one);
    }
    return {
      class_id,
      kept,
      dropped,
      agreed,
      overruled: counts.overruled[class_id] ?? 0,
      void: counts.void[class_id] ?? 0,
      sieved: counts.sieved[class_id] ?? 0,
      entropy: kept + dropped === 0 ? null : sum / (kept + dropped),
    };
  });
}

/** All classes as one. */
export function totalOf(rows: readonly ClassRow[]): ClassRow {
  const sum = (of: (row: ClassRow) => number) => rows.reduce((total, row) => total + of(row), 0);
  const open = sum((row) => row.kept + row.dropped);
  return {
    class_id: -1,
    kept: sum((row) => row.kept),
    dropped: sum((row) => row.dropped),
    agreed: sum((row) => row.agreed),
    overruled: sum((row) => row.overruled),
    void: sum((row) => row.void),
    sieved: sum((row) => row.sieved),
    entropy: open === 0 ? null : sum((row) => (row.entropy ?? 0) * (row.kept + row.dropped)) / open,
  };
}

/** Pixels of a row that people have answered. */
export function answeredOf({ agreed, overruled, void: nothing, sieved }: ClassRow): number {
  return agreed + overruled + nothing + sieved;
}

export function pixelsOf(row: ClassRow): number {
  return row.kept + row.dropped + answeredOf(row);
}

/** A share; null of nothing. */
export function shareOf(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}
