/** Naming parts, working with keys alone, and what goes for all tools. */

import { beforeEach, expect, test } from "vitest";
import { partsOf } from "../domain/partition";
import { HALVES, Hand, PLAIN } from "./hand.fixture";

let hand: Hand;

beforeEach(() => {
  hand = new Hand(PLAIN, "brush");
});

test("a key names the part in focus and goes on to the next without a name", () => {
  hand = new Hand(["001122", "001122", "001122", "001122"], "parts");
  expect(hand.editor.parts?.focus).toBe(1);
  hand.editor.pick(8);
  hand.editor.nextPart(); // the second stays as it is
  hand.editor.pick(9);
  expect([hand.rows()[0], hand.editor.parts?.focus, hand.editor.parts?.isDone]).toEqual(["881199", 2, false]);
  hand.editor.undo();
  expect([hand.rows()[0], hand.editor.parts?.focus]).toEqual(["881122", 3]);
  hand.editor.pick(9);
  hand.editor.pick(255);
  expect([hand.rows()[0], hand.editor.parts?.focus, hand.editor.parts?.isDone]).toEqual(["88..99", 0, true]);
});

test("the pointer takes the focus along, and a click names with the class at hand", () => {
  hand = new Hand(["001122", "001122", "001122", "001122"], "parts");
  hand.move(5, 1);
  expect(hand.editor.parts?.focus).toBe(3);
  hand.editor.choose("brush");
  hand.editor.pick(4);
  hand.editor.choose("parts");
  hand.click(2.5, 0.5);
  expect([hand.rows()[0], hand.editor.parts?.focus]).toEqual(["004422", 3]);
});

test("specks of the teacher's map belong to the part that they touch most", () => {
  hand = new Hand(["000000", "020000", "000000", "111111", "111111", "111111"], "parts");
  expect(hand.editor.parts?.partition.count).toBe(2);
  hand.editor.pick(9);
  expect(hand.rows().slice(0, 3)).toEqual(["999999", "999999", "999999"]);
});

test("superpixels come later, and are tools as others are", () => {
  expect(hand.editor.has("superpixels")).toBe(false);
  hand.editor.choose("superpixels");
  expect(hand.editor.tool).toBe("brush");
  hand.editor.offer(partsOf(6, 4, Uint8Array.from(HALVES.join(""), Number), null));
  hand.editor.choose("superpixels");
  hand.editor.pick(3);
  expect(hand.rows()[0]).toBe("333000");
});

test("arrows move the pointer, and Shift and Enter set the brush down and lift it", () => {
  hand.editor.nudge(0, 0);
  expect(hand.editor.cursor).toEqual([3.5, 2.5]);
  hand.editor.press();
  hand.editor.nudge(1, 0);
  hand.editor.nudge(1, 0);
  hand.editor.nudge(5, 0); // no further than the border
  expect(hand.editor.path).toBe("brush.drawing");
  hand.editor.press();
  hand.expectStep(PLAIN, ["000000", "000000", "000777", "000000"]);
});

test("a polygon can be drawn with keys alone", () => {
  hand = new Hand(PLAIN, "polygon");
  for (const [dx, dy] of [
    [-2, -1],
    [4, 0],
    [0, 2],
  ] as const) {
    hand.editor.nudge(dx, dy);
    hand.editor.press();
  }
  hand.editor.handle({ type: "complete" });
  expect(hand.rows()[1]).toBe("077770");
});

test("the class under the pointer is picked, outside of the region none is", () => {
  hand = new Hand(HALVES, "brush", ["111111", "111111", "111111", "000000"]);
  hand.move(4.5, 1.5);
  expect([hand.editor.pickUnderCursor(), hand.editor.classId]).toEqual([true, 1]);
  hand.move(4.5, 3.5);
  expect([hand.editor.pickUnderCursor(), hand.editor.classId]).toEqual([false, 1]);
  hand.editor.leave();
  expect(hand.editor.pickUnderCursor()).toBe(false);
});

test("the whole region gets the chosen class in one step, and nothing beside it", () => {
  hand = new Hand(HALVES, "brush", ["111111", "111111", "110011", "000000"]);
  hand.editor.fillAll();
  hand.expectStep(["000111", "000111", "00..11", "......"], ["777777", "777777", "77..77", "......"]);
});

test("another tool gives up what the one before has begun", () => {
  hand.down(1, 1);
  hand.editor.choose("fill");
  expect([hand.rows(), hand.editor.isSettled, hand.editor.canUndo]).toEqual([PLAIN, true, false]);
});

test("who follows a document is told the box that has changed, and then nothing more", () => {
  const changed = hand.editor.document.follow();
  expect(changed()).toEqual({ x: 0, y: 0, width: 6, height: 4 });
  hand.drag([1.5, 1.5], [3.5, 2.5]);
  expect(changed()).toEqual({ x: 1, y: 1, width: 3, height: 2 });
  expect(changed()).toBeNull();
  hand.editor.undo();
  expect(changed()).toEqual({ x: 1, y: 1, width: 3, height: 2 });
});
