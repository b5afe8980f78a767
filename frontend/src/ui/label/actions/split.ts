/** What can be done while a region is split. */

import { IGNORE_INDEX } from "../../../domain/classes";
import type { ToolName } from "../../../editor/tool";
import { isSplit, type Action, type Work } from "./action";

function tool(name: ToolName, key: string, short: string, title: string): Action {
  return {
    name: `tool-${name}`,
    title,
    short,
    keys: [key],
    group: "Tools",
    tool: name,
    when: isSplit,
    run: (work) => work.split(name),
  };
}

/** Arrows move the tool's pointer. */
function nudge(name: string, key: string, title: string, dx: number, dy: number): Action {
  return {
    name,
    title,
    keys: [key],
    group: "Split",
    repeats: true,
    when: isSplit,
    run: (work) => work.editor?.nudge(dx, dy),
  };
}

const LEAP = 8; // px that Shift and an arrow move the pointer

export const SPLIT: readonly Action[] = [
  {
    name: "complete",
    title: "End what has begun: close the polygon, lift the brush",
    keys: ["enter"],
    group: "Split",
    when: (work) => work.editor?.isBusy === true,
    run: (work) => work.editor?.handle({ type: "complete" }),
  },
  {
    name: "submit-split",
    title: "Answer with this split",
    short: "Answer",
    keys: ["enter"],
    group: "Split",
    when: (work) => work.editor?.isBusy === false,
    run: submit,
  },
  {
    name: "paint-void",
    title: "Void: for the part in focus, or to paint with",
    short: "Void",
    keys: ["v"],
    group: "Split",
    when: isSplit,
    run: (work) => work.editor?.pick(IGNORE_INDEX),
  },
  {
    name: "next-part",
    title: "Parts: leave this one as it is, go to the next",
    short: "Next part",
    keys: ["tab"],
    group: "Split",
    when: isSplit,
    run: (work) => {
      if (work.editor?.parts == null) work.split("parts");
      else work.editor.nextPart();
    },
  },
  {
    name: "undo",
    title: "Undo; in a polygon, take the last corner away",
    short: "Undo",
    keys: ["mod+z"],
    group: "Split",
    repeats: true,
    when: (work) => work.editor?.canUndo === true || work.editor?.isBusy === true,
    run: (work) => work.editor?.undo(),
  },
  {
    name: "redo",
    title: "Redo",
    short: "Redo",
    keys: ["mod+shift+z", "mod+y"],
    group: "Split",
    repeats: true,
    when: (work) => work.editor?.canRedo === true,
    run: (work) => work.editor?.redo(),
  },
  {
    name: "leave-split",
    title: "Give up what has begun; else leave the split, which is kept",
    short: "Leave split",
    keys: ["escape"],
    group: "Split",
    when: isSplit,
    run: (work) => (work.editor?.isBusy === true ? work.editor.handle({ type: "cancel" }) : work.unsplit()),
  },
  {
    name: "fill-all",
    title: "The whole region gets the chosen class",
    keys: ["shift+a"],
    group: "Split",
    when: isSplit,
    run: (work) => work.editor?.fillAll(),
  },
  {
    name: "pick",
    title: "Paint with the class under the pointer (or: right button)",
    keys: ["shift+i"],
    group: "Split",
    when: isSplit,
    run: (work) => {
      if (work.editor?.pickUnderCursor() === false)
        work.tell("There is no pixel of the region under the pointer");
    },
  },
  tool("parts", "shift+t", "Parts", "The teacher's parts: a key a part, or a click"),
  tool("superpixels", "shift+s", "Superpixels", "Superpixels: a key a part, or a click"),
  tool("brush", "shift+b", "Brush", "Brush"),
  tool("eraser", "shift+e", "Eraser", "Eraser: brings back what was there when you began"),
  tool("polygon", "shift+p", "Polygon", "Polygon: click corners, or draw around; Enter closes it"),
  tool("fill", "shift+f", "Fill", "Flood fill: a click recolours what is connected"),
  tool("cut", "shift+c", "Cut", "Straight cut: drag, or click twice; the side with the teeth gets the class"),
  {
    name: "thinner",
    title: "Thinner brush (or: wheel)",
    keys: ["["],
    group: "Tools",
    repeats: true,
    when: isSplit,
    run: (work) => work.editor?.resize(-1),
  },
  {
    name: "thicker",
    title: "Thicker brush (or: wheel)",
    keys: ["]"],
    group: "Tools",
    repeats: true,
    when: isSplit,
    run: (work) => work.editor?.resize(1),
  },
  nudge("left", "arrowleft", "Move the pointer by a pixel", -1, 0),
  nudge("right", "arrowright", "Move the pointer by a pixel", 1, 0),
  nudge("up", "arrowup", "Move the pointer by a pixel", 0, -1),
  nudge("down", "arrowdown", "Move the pointer by a pixel", 0, 1),
  nudge("far-left", "shift+arrowleft", "Move the pointer by 8 pixels", -LEAP, 0),
  nudge("far-right", "shift+arrowright", "Move the pointer by 8 pixels", LEAP, 0),
  nudge("far-up", "shift+arrowup", "Move the pointer by 8 pixels", 0, -LEAP),
  nudge("far-down", "shift+arrowdown", "Move the pointer by 8 pixels", 0, LEAP),
  {
    name: "press",
    title: "Click at the pointer; sets the brush down, and lifts it",
    keys: ["shift+enter"],
    group: "Split",
    when: isSplit,
    run: (work) => work.editor?.press(),
  },
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
