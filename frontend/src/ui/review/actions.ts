/** What can be done with an answer that one looks at again. */

import { isWhole, own, type Action } from "../label/actions/action";

export interface Steps {
  readonly keep: () => void;
  readonly previous: () => void;
}

/** The table's actions: Enter keeps what was said instead of taking a suggestion, and arrows go through the answers. */
export function reviewing({ keep, previous }: Steps): (all: readonly Action[]) => readonly Action[] {
  const go = { group: "Go", hasButton: true, when: isWhole } as const;
  const instead: Partial<Record<Action["name"], readonly Action[]>> = {
    accept: [own("keep", { ...go, group: "Answer", keys: ["enter"], run: keep })],
    "second-guess": [],
    "third-guess": [],
    skip: [
      own("previous", { ...go, keys: ["arrowleft"], run: previous }),
      own("next", { ...go, keys: ["arrowright"], run: (work) => work.skip() }),
    ],
    back: [],
  };
  const sheet = own("sheet", {
    ...go,
    keys: ["backspace", "escape"],
    when: () => true,
    run: (work) => work.back(),
  });
  // It comes after what Escape does in a split, which is to leave that first.
  const after = (action: Action) => (action.name === "leave-split" ? [action, sheet] : [action]);
  return (all) => all.flatMap((action) => instead[action.name] ?? after(action));
}
