/** What can be said of a region as a whole, and where one can go from it. */

import { isWhole, type Action, type Work } from "./action";

const PLAIN = { accepted_suggestion: false };

function guess(nth: number, name: string, title: string, key: string, short?: string): Action {
  return {
    name,
    title,
    ...(short === undefined ? {} : { short }),
    keys: [key],
    group: "Answer",
    when: (work) => isWhole(work) && work.guesses[nth] !== undefined,
    run: (work) => {
      const classId = work.guesses[nth];
      if (classId === undefined) return;
      work.answer({ kind: "label_map", class_id: classId, accepted_suggestion: nth === 0 });
    },
  };
}

function isOnePixel(work: Work): string | null {
  return isWhole(work) && work.numPixels === 1
    ? "This region is a single pixel: there is nothing to split"
    : null;
}

const canSplit = (work: Work) => isWhole(work) && work.numPixels > 1;

export const WHOLE: readonly Action[] = [
  guess(0, "accept", "Accept the suggestion", "enter", "Accept"),
  guess(1, "second-guess", "The second guess", ","),
  guess(2, "third-guess", "The third guess", "."),
  {
    name: "split-parts",
    title: "Split: name the teacher's parts one by one",
    short: "Parts",
    keys: ["tab"],
    group: "Answer",
    when: canSplit,
    whyNot: isOnePixel,
    run: (work) => work.split("parts"),
  },
  {
    name: "split",
    title: "Split the region with a brush",
    short: "Split",
    keys: ["b"],
    group: "Answer",
    when: canSplit,
    whyNot: isOnePixel,
    run: (work) => work.split("brush"),
  },
  {
    name: "void",
    title: "Void: nothing here to learn",
    short: "Void",
    keys: ["v"],
    group: "Answer",
    when: isWhole,
    run: (work) => work.answer({ kind: "void", ...PLAIN }),
  },
  {
    name: "unsure",
    title: "Unsure: ask somebody else",
    short: "Unsure",
    keys: ["u"],
    group: "Answer",
    when: isWhole,
    run: (work) => work.answer({ kind: "unsure", ...PLAIN }),
  },
  {
    name: "bad-query",
    title: "Bad query: should not have been asked",
    short: "Bad query",
    keys: ["x"],
    group: "Answer",
    when: isWhole,
    run: (work) => work.answer({ kind: "bad_query", ...PLAIN }),
  },
  {
    name: "skip",
    title: "Skip: leave it for later",
    short: "Skip",
    keys: ["arrowright"],
    group: "Go",
    when: isWhole,
    run: (work) => work.skip(),
  },
  {
    name: "back",
    title: "Take the last answer back",
    short: "Back",
    keys: ["backspace"],
    group: "Go",
    when: isWhole,
    run: (work) => work.back(),
  },
];

/** A class's key names the region, or what the tools paint. */
export function classAction(classId: number, title: string, hotkey: string | null): Action {
  return {
    name: `class-${classId}`,
    title,
    keys: hotkey === null ? [] : [hotkey],
    group: "Answer",
    classId,
    when: () => true,
    run: (work) => {
      if (work.editor !== null) work.editor.pick(classId);
      else work.answer({ kind: "label_map", class_id: classId, ...PLAIN });
    },
  };
}
