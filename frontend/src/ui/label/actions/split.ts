/** What can be done while a region is split. */

import { IGNORE_INDEX } from "../../../domain/classes";
import type { ToolName } from "../../../editor/tool";
import { isSplit, own, type Action, type OwnName, type Work } from "./action";

function tool(name: ToolName, key: string): Action {
  return own(`tool-${name}`, {
    keys: [key],
    group: "Tools",
    tool: name,
    when: isSplit,
    run: (work) => work.split(name),
  });
}

/** Arrows move the tool's pointer. */
function nudge(name: OwnName, key: string, dx: number, dy: number): Action {
  return own(name, {
    keys: [key],
    group: "Split",
    repeats: true,
    when: isSplit,
    run: (work) => work.editor?.nudge(dx, dy),
  });
}

const LEAP = 8; // px that Shift and an arrow move the pointer

export const SPLIT: readonly Action[] = [
  own("complete", {
    keys: ["enter"],
    group: "Split",
    when: (work) => work.editor?.isBusy === true,
    run: (work) => work.editor?.handle({ type: "complete" }),
  }),
  own("submit-split", {
    hasButton: true,
    keys: ["enter"],
    group: "Split",
    when: (work) => work.editor?.isBusy === false,
    run: submit,
  }),
  own("paint-void", {
    hasButton: true,
    keys: ["v"],
    group: "Split",
    when: isSplit,
    run: (work) => work.editor?.pick(IGNORE_INDEX),
  }),
  own("next-part", {
    hasButton: true,
    keys: ["tab"],
    group: "Split",
    when: isSplit,
    run: (work) => {
      if (work.editor?.parts == null) work.split("parts");
      else work.editor.nextPart();
    },
  }),
  own("undo", {
    hasButton: true,
    keys: ["mod+z"],
    group: "Split",
    repeats: true,
    when: (work) => work.editor?.canUndo === true || work.editor?.isBusy === true,
    run: (work) => work.editor?.undo(),
  }),
  own("redo", {
    hasButton: true,
    keys: ["mod+shift+z", "mod+y"],
    group: "Split",
    repeats: true,
    when: (work) => work.editor?.canRedo === true,
    run: (work) => work.editor?.redo(),
  }),
  own("leave-split", {
    hasButton: true,
    keys: ["escape"],
    group: "Split",
    when: isSplit,
    run: (work) => (work.editor?.isBusy === true ? work.editor.handle({ type: "cancel" }) : work.unsplit()),
  }),
  own("fill-all", {
    keys: ["shift+a"],
    group: "Split",
    when: isSplit,
    run: (work) => work.editor?.fillAll(),
  }),
  own("pick", {
    keys: ["shift+i"],
    group: "Split",
    when: isSplit,
    run: (work) => {
      if (work.editor?.pickUnderCursor() === false) work.tell(({ label }) => label.nothingUnderPointer);
    },
  }),
  tool("parts", "shift+t"),
  tool("superpixels", "shift+s"),
  tool("brush", "shift+b"),
  tool("eraser", "shift+e"),
  tool("polygon", "shift+p"),
  tool("fill", "shift+f"),
  tool("cut", "shift+c"),
  own("thinner", {
    keys: ["["],
    group: "Tools",
    repeats: true,
    when: isSplit,
    run: (work) => work.editor?.resize(-1),
  }),
  own("thicker", {
    keys: ["]"],
    group: "Tools",
    repeats: true,
    when: isSplit,
    run: (work) => work.editor?.resize(1),
  }),
  nudge("left", "arrowleft", -1, 0),
  nudge("right", "arrowright", 1, 0),
  nudge("up", "arrowup", 0, -1),
  nudge("down", "arrowdown", 0, 1),
  nudge("far-left", "shift+arrowleft", -LEAP, 0),
  nudge("far-right", "shift+arrowright", LEAP, 0),
  nudge("far-up", "shift+arrowup", 0, -LEAP),
  nudge("far-down", "shift+arrowdown", 0, LEAP),
  own("press", {
    keys: ["shift+enter"],
    group: "Split",
    when: isSplit,
    run: (work) => work.editor?.press(),
  }),
];

function submit(work: Work): void {
  const data = work.editor?.toRle();
  if (data === undefined) return;
  work.answer({
    kind: "label_map",
    label_map: { encoding: "rle", data },
    accepted_suggestion: data === work.suggestedMap,
  });
}
