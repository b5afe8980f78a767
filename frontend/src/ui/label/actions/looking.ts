/** How things are looked at, whatever is done with them. */

import { isWhole, type Action } from "./action";

function move(name: string, key: string, dx: number, dy: number): Action {
  return {
    name,
    title: "Move the view",
    keys: [key],
    group: "Look",
    repeats: true,
    when: isWhole,
    run: (work) => work.look.shift(dx, dy),
  };
}

export const LOOKING: readonly Action[] = [
  {
    name: "raw",
    title: "Hold: the pixels with nothing drawn on them (and drag: move the view)",
    short: "Pixels",
    keys: ["space"],
    group: "Look",
    when: () => true,
    run: (work) => work.hold("raw", true),
    release: (work) => work.hold("raw", false),
  },
  {
    name: "wide",
    title: "Hold: see wider",
    short: "Wider",
    keys: ["alt"],
    group: "Look",
    when: () => true,
    run: (work) => work.hold("wide", true),
    release: (work) => work.hold("wide", false),
  },
  {
    name: "closer",
    title: "Closer (or: wheel; Ctrl and wheel with a brush)",
    keys: ["+", "="],
    group: "Look",
    repeats: true,
    when: () => true,
    run: (work) => work.look.step(1),
  },
  {
    name: "farther",
    title: "Farther",
    keys: ["-"],
    group: "Look",
    repeats: true,
    when: () => true,
    run: (work) => work.look.step(-1),
  },
  {
    name: "reset-view",
    title: "Back to the region",
    keys: ["home"],
    group: "Look",
    when: () => true,
    run: (work) => work.look.reset(),
  },
  move("view-left", "shift+arrowleft", -1, 0),
  move("view-right", "shift+arrowright", 1, 0),
  move("view-up", "shift+arrowup", 0, -1),
  move("view-down", "shift+arrowdown", 0, 1),
  {
    name: "help",
    title: "These keys",
    short: "Keys",
    keys: ["?"],
    group: "Look",
    when: () => true,
    run: (work) => work.toggleHelp(),
  },
];
