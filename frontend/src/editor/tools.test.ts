/** Each tool by its gestures, through cancel, undo and redo; the maps are drawn by hand. */

import { beforeEach, expect, test } from "vitest";
import { regionPoint } from "../domain/geometry";
import { partsOf } from "../domain/partition";
import { SplitEditor } from "./split-editor";
import type { ToolName } from "./tool";

let editor: SplitEditor;

const at = (x: number, y: number) => regionPoint(x, y);
const down = (x: number, y: number) => editor.handle({ type: "down", at: at(x, y) });
const move = (x: number, y: number) => editor.handle({ type: "move", at: at(x, y) });
const up = (x: number, y: number) => editor.handle({ type: "up", at: at(x, y) });
const click = (x: number, y: number) => {
  down(x, y);
  up(x, y);
};
const drag = (...points: [number, number][]) => {
  const [first = [0, 0], ...others] = points;
  down(...first);
  for (const point of others) move(...point);
  up(...(points.at(-1) ?? first));
};

/** The map as rows of digits; `.` is void. */
const rows = () => {
  const { width, height, pixels } = editor.document;
  return Array.from({ length: height }, (_, y) =>
    [...pixels.slice(y * width, (y + 1) * width)].map((one) => (one === 255 ? "." : one)).join(""),
  );
};

function start(map: readonly string[], tool: ToolName, inside?: readonly string[]): void {
  const [width, height] = [map[0]?.length ?? 0, map.length];
  const pixels = Uint8Array.from(map.join(""), Number);
  const mask = inside === undefined ? null : Uint8Array.from(inside.join(""), Number);
  const parts = () => partsOf(width, height, pixels, mask);
  editor = new SplitEditor({ width, height, pixels, inside: mask, classId: 7, parts });
  editor.choose(tool);
}

/** What was done can be undone, and done again. */
function expectStep(before: readonly string[], after: readonly string[]): void {
  expect(rows()).toEqual(after);
  editor.undo();
  expect(rows()).toEqual(before);
  expect(editor.canUndo).toBe(false);
  editor.redo();
  expect(rows()).toEqual(after);
}

const PLAIN = ["000000", "000000", "000000", "000000"];
const HALVES = ["000111", "000111", "000111", "000111"];
/** A ring of ones; the corner at its lower right touches by a corner only. */
const RING = ["000000", "011100", "010100", "011100", "000010"];

beforeEach(() => start(PLAIN, "brush"));

test("the eraser brings back what was there when the work began", () => {
  start(HALVES, "brush");
  editor.pick(5);
  while (editor.size > 1) editor.resize(-1);
  drag([0.5, 1.5], [5.5, 1.5]);
  expect(rows()[1]).toBe("555555");
  editor.choose("eraser");
  drag([2.5, 1.5], [4.5, 1.5]);
  expect(rows()[1]).toBe("550115");
  editor.undo();
  expect(rows()[1]).toBe("555555");
});

test("a polygon of clicks fills the pixels whose middles it encloses, once it is closed", () => {
  start(PLAIN, "polygon");
  click(1, 1);
  click(5, 1);
  click(5, 4);
  expect([editor.path, rows()]).toEqual(["polygon.placing", PLAIN]);
  editor.handle({ type: "complete" });
  // Below the diagonal from (1, 1) to (5, 4): in row 1 it is at 1.67 … 2.33 for y = 1.5 … 2.
  expectStep(PLAIN, ["000000", "007770", "000770", "000070"]);
  expect(editor.path).toBe("polygon.idle");
});

test("a polygon is closed by a click on its first corner, and by two in one place", () => {
  for (const last of [
    [1.2, 1.1],
    [4.9, 3.1],
  ] as const) {
    start(PLAIN, "polygon");
    click(1, 1);
    click(5, 1);
    click(5, 3);
    click(...last);
    expect(editor.path).toBe("polygon.idle");
    expect(rows()).toEqual(["000000", "007770", "000070", "000000"]);
  }
});

test("a line that is drawn around something closes where it began", () => {
  start(PLAIN, "polygon");
  drag([1, 1], [3, 1], [5, 1], [5, 3], [3, 3], [1, 3], [1, 1.5]);
  expectStep(PLAIN, ["000000", "077770", "077770", "000000"]);
});

test("corners of a polygon are taken back one by one; Escape gives all of them up", () => {
  start(PLAIN, "polygon");
  click(1, 1);
  click(5, 1);
  editor.undo();
  expect(editor.path).toBe("polygon.placing");
  editor.undo();
  expect(editor.path).toBe("polygon.idle");
  click(1, 1);
  click(5, 1);
  click(5, 3);
  editor.handle({ type: "cancel" });
  editor.handle({ type: "complete" });
  expect([rows(), editor.canUndo]).toEqual([PLAIN, false]);
});

test("two corners enclose nothing", () => {
  start(PLAIN, "polygon");
  click(1, 1);
  click(5, 3);
  editor.handle({ type: "complete" });
  expect([rows(), editor.path]).toEqual([PLAIN, "polygon.idle"]);
});

test("flood fill takes what is connected by sides, and stays in the region", () => {
  start(RING, "fill");
  click(1.5, 1.5);
  expectStep(RING, ["000000", "077700", "070700", "077700", "000010"]);
  click(2.5, 2.5);
  expect(rows()[2]).toBe("077700");
  start(RING, "fill", ["111111", "111111", "111111", "111111", "000000"]);
  click(0.5, 0.5);
  expect(rows()).toEqual(["777777", "711177", "710177", "711177", "......"]);
  click(0.5, 4.5);
  expect(editor.canUndo).toBe(true);
  editor.undo();
  expect(editor.canUndo).toBe(false);
});

test("a cut gives the class to what lies at its right, in the parts that it crosses only", () => {
  start(HALVES, "cut");
  drag([1, 0], [1, 2], [1, 4]); // downwards: its right is the left of the screen
  expectStep(HALVES, ["700111", "700111", "700111", "700111"]);
  start(HALVES, "cut");
  drag([1, 4], [1, 2], [1, 0]);
  expect(rows()).toEqual(["077111", "077111", "077111", "077111"]);
});

test("a cut may be two clicks, and is given up by Escape", () => {
  start(PLAIN, "cut");
  click(0, 2);
  expect(editor.path).toBe("cut.anchored");
  editor.handle({ type: "cancel" });
  click(6, 2);
  expect([rows(), editor.path]).toEqual([PLAIN, "cut.anchored"]);
  click(0, 2); // from right to left: its right is above
  expectStep(PLAIN, ["777777", "777777", "000000", "000000"]);
});

test("a slanted cut takes the pixels whose middles are beyond it", () => {
  start(["0000", "0000", "0000", "0000"], "cut");
  drag([0, 0], [2, 2], [4, 4]);
  expect(rows()).toEqual(["0000", "7000", "7700", "7770"]);
});

test("a key names the part in focus and goes on to the next without a name", () => {
  start(["001122", "001122", "001122", "001122"], "parts");
  expect(editor.parts?.focus).toBe(1);
  editor.pick(8);
  editor.nextPart(); // the second stays as it is
  editor.pick(9);
  expect([rows()[0], editor.parts?.focus, editor.parts?.isDone]).toEqual(["881199", 2, false]);
  editor.undo();
  expect([rows()[0], editor.parts?.focus]).toEqual(["881122", 3]);
  editor.pick(9);
  editor.pick(255);
  expect([rows()[0], editor.parts?.focus, editor.parts?.isDone]).toEqual(["88..99", 0, true]);
});

test("the pointer takes the focus along, and a click names with the class at hand", () => {
  start(["001122", "001122", "001122", "001122"], "parts");
  move(5, 1);
  expect(editor.parts?.focus).toBe(3);
  editor.choose("brush");
  editor.pick(4);
  editor.choose("parts");
  click(2.5, 0.5);
  expect([rows()[0], editor.parts?.focus]).toEqual(["004422", 3]);
});

test("specks of the teacher's map belong to the part that they touch most", () => {
  start(["000000", "020000", "000000", "111111", "111111", "111111"], "parts");
  expect(editor.parts?.partition.count).toBe(2);
  editor.pick(9);
  expect(rows().slice(0, 3)).toEqual(["999999", "999999", "999999"]);
});

test("superpixels come later, and are tools as others are", () => {
  expect(editor.has("superpixels")).toBe(false);
  editor.choose("superpixels");
  expect(editor.tool).toBe("brush");
  editor.offer(partsOf(6, 4, Uint8Array.from(HALVES.join(""), Number), null));
  editor.choose("superpixels");
  editor.pick(3);
  expect(rows()[0]).toBe("333000");
});

test("arrows move the pointer, and Shift and Enter set the brush down and lift it", () => {
  while (editor.size > 1) editor.resize(-1);
  editor.nudge(0, 0);
  expect(editor.cursor).toEqual([3.5, 2.5]);
  editor.press();
  editor.nudge(1, 0);
  editor.nudge(1, 0);
  editor.nudge(5, 0); // no further than the border
  expect(editor.path).toBe("brush.drawing");
  editor.press();
  expectStep(PLAIN, ["000000", "000000", "000777", "000000"]);
});

test("a polygon can be drawn with keys alone", () => {
  start(PLAIN, "polygon");
  for (const [dx, dy] of [
    [-2, -1],
    [4, 0],
    [0, 2],
  ] as const) {
    editor.nudge(dx, dy);
    editor.press();
  }
  editor.handle({ type: "complete" });
  expect(rows()[1]).toBe("077770");
});

test("the class under the pointer is picked, outside of the region none is", () => {
  start(HALVES, "brush", ["111111", "111111", "111111", "000000"]);
  move(4.5, 1.5);
  expect([editor.pickUnderCursor(), editor.classId]).toEqual([true, 1]);
  move(4.5, 3.5);
  expect([editor.pickUnderCursor(), editor.classId]).toEqual([false, 1]);
  editor.leave();
  expect(editor.pickUnderCursor()).toBe(false);
});

test("the whole region gets the chosen class in one step, and nothing beside it", () => {
  start(HALVES, "brush", ["111111", "111111", "110011", "000000"]);
  editor.fillAll();
  expectStep(["000111", "000111", "00..11", "......"], ["777777", "777777", "77..77", "......"]);
});

test("another tool gives up what the one before has begun", () => {
  down(1, 1);
  editor.choose("fill");
  expect([rows(), editor.isSettled, editor.canUndo]).toEqual([PLAIN, true, false]);
});

test("who follows a document is told the box that has changed, and then nothing more", () => {
  const changed = editor.document.follow();
  expect(changed()).toEqual({ x: 0, y: 0, width: 6, height: 4 });
  while (editor.size > 1) editor.resize(-1);
  drag([1.5, 1.5], [3.5, 2.5]);
  expect(changed()).toEqual({ x: 1, y: 1, width: 3, height: 2 });
  expect(changed()).toBeNull();
  editor.undo();
  expect(changed()).toEqual({ x: 1, y: 1, width: 3, height: 2 });
});
