/** Judges answers to regions whose truth is known. */

import { IGNORE_INDEX } from "./classes";

/** Of the pixels of a drawn region, so many right are right enough: nobody draws every pixel of a border alike. */
const ENOUGH = 0.9;
/** With fewer right it is not even partly right. */
const SOME = 0.1;

export interface Truth {
  /** Class ids, row-major in the region's box; 255 is void. */
  readonly pixels: Uint8Array;
  /** The class of most pixels. */
  readonly dominant: number;
}

/** What was said: one class of all of it, or a class of each pixel; null: no class at all. */
export type Given = { readonly classId: number } | { readonly pixels: Uint8Array } | null;

export type Outcome = "right" | "partly" | "wrong" | "unanswered";

export interface Mistake {
  readonly known: number;
  readonly given: number;
}

export interface Verdict {
  readonly outcome: Outcome;
  /** How much of what is known has the class that was said of it. */
  readonly share: number;
  /** What was mostly taken for what. */
  readonly mistake: Mistake | null;
  /** Of a drawn answer: 1 where it is wrong. */
  readonly wrong: Uint8Array | null;
}

export function judged(truth: Truth, given: Given): Verdict {
  if (given === null) return { outcome: "unanswered", share: 0, mistake: null, wrong: null };
  return "pixels" in given ? drawn(truth, given.pixels) : whole(truth, given.classId);
}

/** How much of what is known is of a class. */
export function shareOf(pixels: Uint8Array, classId: number): number {
  const known = pixels.filter((one) => one !== IGNORE_INDEX);
  return known.filter((one) => one === classId).length / known.length;
}

function whole({ pixels, dominant }: Truth, classId: number): Verdict {
  const share = shareOf(pixels, classId);
  return classId === dominant
    ? { outcome: "right", share, mistake: null, wrong: null }
    : { outcome: "wrong", share, mistake: { known: dominant, given: classId }, wrong: null };
}

function drawn(truth: Truth, given: Uint8Array): Verdict {
  const wrong = truth.pixels.map((known, index) =>
    known !== IGNORE_INDEX && known !== given[index] ? 1 : 0,
  );
  const numKnown = truth.pixels.filter((one) => one !== IGNORE_INDEX).length;
  const share = 1 - wrong.filter((one) => one === 1).length / numKnown;
  if (share >= ENOUGH) return { outcome: "right", share, mistake: null, wrong };
  const pairs = [...wrong.keys()]
    .filter((index) => wrong[index] === 1)
    .map((index) => ({ known: truth.pixels[index] ?? IGNORE_INDEX, given: given[index] ?? IGNORE_INDEX }));
  const [worst = null] = counted(pairs);
  return { outcome: share < SOME ? "wrong" : "partly", share, mistake: worst, wrong };
}

export interface Score {
  readonly right: number;
  readonly asked: number;
  readonly unanswered: number;
  /** By the class that most of a region is; the one asked most first. */
  readonly classes: readonly { readonly classId: number; readonly right: number; readonly asked: number }[];
  /** What was taken for what, the most frequent first. */
  readonly mistakes: readonly (Mistake & { readonly times: number })[];
}

export interface Judged {
  readonly truth: Truth;
  readonly verdict: Verdict;
}

export function scoreOf(done: readonly Judged[]): Score {
  const classes = new Map<number, { right: number; asked: number }>();
  for (const { truth, verdict } of done) {
    const one = classes.get(truth.dominant) ?? { right: 0, asked: 0 };
    const right = one.right + (verdict.outcome === "right" ? 1 : 0);
    classes.set(truth.dominant, { right, asked: one.asked + 1 });
  }
  const having = (outcome: Outcome) => done.filter(({ verdict }) => verdict.outcome === outcome).length;
  return {
    right: having("right"),
    asked: done.length,
    unanswered: having("unanswered"),
    classes: [...classes]
      .map(([classId, one]) => ({ classId, ...one }))
      .sort((one, other) => other.asked - one.asked || one.classId - other.classId),
    mistakes: counted(done.flatMap(({ verdict }) => (verdict.mistake === null ? [] : [verdict.mistake]))),
  };
}

/** Equal mistakes together, the most frequent first. */
function counted(mistakes: readonly Mistake[]): (Mistake & { times: number })[] {
  const found = new Map<number, Mistake & { times: number }>();
  for (const { known, given } of mistakes) {
    const key = known * 256 + given;
    found.set(key, { known, given, times: (found.get(key)?.times ?? 0) + 1 });
  }
  return [...found.values()].sort(
    (one, other) => other.times - one.times || one.known - other.known || one.given - other.given,
  );
}
