/** How things are looked at, whatever is done with them. */

import { isWhole, own, type Action, type OwnName } from "./action";

function move(name: OwnName, key: string, dx: number, dy: number): Action {
  return own(name, {
    keys: [key],
    group: "Look",
    repeats: true,
    when: isWhole,
    run: (work) => work.look.shift(dx, dy),
  });
}

export const LOOKING: readonly Action[] = [
  own("raw", {
    hasButton: true,
    keys: ["space"],
    group: "Look",
    when: () => true,
    run: (work) => work.hold("raw", true),
    release: (work) => work.hold("raw", false),
  }),
  own("wide", {
    hasButton: true,
    keys: ["alt"],
    group: "Look",
    when: () => true,
    run: (work) => work.hold("wide", true),
    release: (work) => work.hold("wide", false),
  }),
  own("closer", {
    keys: ["+", "="],
    group: "Look",
    repeats: true,
    when: () => true,
    run: (work) => work.look.step(1),
  }),
  own("farther", {
    keys: ["-"],
    group: "Look",
    repeats: true,
    when: () => true,
    run: (work) => work.look.step(-1),
  }),
  own("reset-view", {
    keys: ["home"],
    group: "Look",
    when: () => true,
    run: (work) => work.look.reset(),
  }),
  move("view-left", "shift+arrowleft", -1, 0),
  move("view-right", "shift+arrowright", 1, 0),
  move("view-up", "shift+arrowup", 0, -1),
  move("view-down", "shift+arrowdown", 0, 1),
  own("guidelines", {
    hasButton: true,
    keys: ["shift+g"],
    group: "Look",
    when: () => true,
    run: (work) => work.toggleGuidelines(),
  }),
  own("help", {
    hasButton: true,
    keys: ["?"],
    group: "Look",
    when: () => true,
    run: (work) => work.toggleHelp(),
  }),
];
