/** What can be said of a region as a whole, and where one can go from it. */

import type { Saying } from "../../../words/en";
import { isWhole, own, type Action, type OwnName, type Work } from "./action";

const PLAIN = { accepted_suggestion: false };

function guess(nth: number, name: OwnName, key: string): Action {
  return own(name, {
    keys: [key],
    hasButton: nth === 0,
    group: "Answer",
    when: (work) => isWhole(work) && work.guesses[nth] !== undefined,
    run: (work) => {
      const classId = work.guesses[nth];
      if (classId === undefined) return;
      work.answer({ kind: "label_map", class_id: classId, accepted_suggestion: nth === 0 });
    },
  });
}

function isOnePixel(work: Work): Saying | null {
  return isWhole(work) && work.numPixels === 1 ? ({ label }) => label.singlePixel : null;
}

const canSplit = (work: Work) => isWhole(work) && work.numPixels > 1;

export const WHOLE: readonly Action[] = [
  guess(0, "accept", "enter"),
  guess(1, "second-guess", ","),
  guess(2, "third-guess", "."),
  own("split-parts", {
    hasButton: true,
    keys: ["tab"],
    group: "Answer",
    when: canSplit,
    whyNot: isOnePixel,
    run: (work) => work.split("parts"),
  }),
  own("split", {
    hasButton: true,
    keys: ["b"],
    group: "Answer",
    when: canSplit,
    whyNot: isOnePixel,
    run: (work) => work.split("brush"),
  }),
  own("void", {
    hasButton: true,
    keys: ["v"],
    group: "Answer",
    when: isWhole,
    run: (work) => work.answer({ kind: "void", ...PLAIN }),
  }),
  own("unsure", {
    hasButton: true,
    keys: ["u"],
    group: "Answer",
    when: isWhole,
    run: (work) => work.answer({ kind: "unsure", ...PLAIN }),
  }),
  own("bad-query", {
    hasButton: true,
    keys: ["x"],
    group: "Answer",
    when: isWhole,
    run: (work) => work.answer({ kind: "bad_query", ...PLAIN }),
  }),
  own("skip", {
    hasButton: true,
    keys: ["arrowright"],
    group: "Go",
    when: isWhole,
    run: (work) => work.skip(),
  }),
  own("back", {
    hasButton: true,
    keys: ["backspace"],
    group: "Go",
    when: isWhole,
    run: (work) => work.back(),
  }),
];

/** A class's key names the region, or what the tools paint. */
export function classAction(classId: number, title: string, hotkey: string | null): Action {
  return {
    name: `class-${classId}`,
    keptAs: `class:${title}`,
    says: () => ({ title, short: title }),
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
