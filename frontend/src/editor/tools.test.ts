/** Each tool by its gestures, through cancel, undo and redo; the maps are drawn by hand. */

import { beforeEach, expect, test } from "vitest";
import { HALVES, Hand, PLAIN } from "./hand.fixture";

let hand: Hand;

/** A ring of ones; the corner at its lower right touches by a corner only. */
const RING = ["000000", "011100", "010100", "011100", "000010"];

beforeEach(() => {
  hand = new Hand(PLAIN, "brush");
});

test("the eraser brings back what was there when the work began", () => {
  hand = new Hand(HALVES, "brush");
  hand.editor.pick(5);
  hand.drag([0.5, 1.5], [5.5, 1.5]);
  expect(hand.rows()[1]).toBe("555555");
  hand.editor.choose("eraser");
  hand.drag([2.5, 1.5], [4.5, 1.5]);
  expect(hand.rows()[1]).toBe("550115");
  hand.editor.undo();
  expect(hand.rows()[1]).toBe("555555");
});

test("a polygon of clicks fills the pixels whose middles it encloses, once it is closed", () => {
  hand = new Hand(PLAIN, "polygon");
  hand.click(1, 1);
  hand.click(5, 1);
  hand.click(5, 4);
  expect([hand.editor.path, hand.rows()]).toEqual(["polygon.placing", PLAIN]);
  hand.editor.handle({ type: "complete" });
  // Below the diagonal from (1, 1) to (5, 4): in row 1 it is at 1.67 … 2.33 for y = 1.5 … 2.
  hand.expectStep(PLAIN, ["000000", "007770", "000770", "000070"]);
  expect(hand.editor.path).toBe("polygon.idle");
});

test("a polygon is closed by a click on its first corner, and by two in one place", () => {
  for (const [x, y] of [
    [1.2, 1.1],
    [4.9, 3.1],
  ] as const) {
    hand = new Hand(PLAIN, "polygon");
    hand.click(1, 1);
    hand.click(5, 1);
    hand.click(5, 3);
    hand.click(x, y);
    expect(hand.editor.path).toBe("polygon.idle");
    expect(hand.rows()).toEqual(["000000", "007770", "000070", "000000"]);
  }
});

test("a line that is drawn around something closes where it began", () => {
  hand = new Hand(PLAIN, "polygon");
  hand.drag([1, 1], [3, 1], [5, 1], [5, 3], [3, 3], [1, 3], [1, 1.5]);
  hand.expectStep(PLAIN, ["000000", "077770", "077770", "000000"]);
});

test("corners of a polygon are taken back one by one; Escape gives all of them up", () => {
  hand = new Hand(PLAIN, "polygon");
  hand.click(1, 1);
  hand.click(5, 1);
  hand.editor.undo();
  expect(hand.editor.path).toBe("polygon.placing");
  hand.editor.undo();
  expect(hand.editor.path).toBe("polygon.idle");
  hand.click(1, 1);
  hand.click(5, 1);
  hand.click(5, 3);
  hand.editor.handle({ type: "cancel" });
  hand.editor.handle({ type: "complete" });
  expect([hand.rows(), hand.editor.canUndo]).toEqual([PLAIN, false]);
});

test("two corners enclose nothing", () => {
  hand = new Hand(PLAIN, "polygon");
  hand.click(1, 1);
  hand.click(5, 3);
  hand.editor.handle({ type: "complete" });
  expect([hand.rows(), hand.editor.path]).toEqual([PLAIN, "polygon.idle"]);
});

test("flood fill takes what is connected by sides, and stays in the region", () => {
  hand = new Hand(RING, "fill");
  hand.click(1.5, 1.5);
  hand.expectStep(RING, ["000000", "077700", "070700", "077700", "000010"]);
  hand.click(2.5, 2.5);
  expect(hand.rows()[2]).toBe("077700");
  hand = new Hand(RING, "fill", ["111111", "111111", "111111", "111111", "000000"]);
  hand.click(0.5, 0.5);
  expect(hand.rows()).toEqual(["777777", "711177", "710177", "711177", "......"]);
  hand.click(0.5, 4.5);
  expect(hand.editor.canUndo).toBe(true);
  hand.editor.undo();
  expect(hand.editor.canUndo).toBe(false);
});

test("a cut gives the class to what lies at its right, in the parts that it crosses only", () => {
  hand = new Hand(HALVES, "cut");
  hand.drag([1, 0], [1, 2], [1, 4]); // downwards: its right is the left of the screen
  hand.expectStep(HALVES, ["700111", "700111", "700111", "700111"]);
  hand = new Hand(HALVES, "cut");
  hand.drag([1, 4], [1, 2], [1, 0]);
  expect(hand.rows()).toEqual(["077111", "077111", "077111", "077111"]);
});

test("a cut may be two clicks, and is given up by Escape", () => {
  hand = new Hand(PLAIN, "cut");
  hand.click(0, 2);
  expect(hand.editor.path).toBe("cut.anchored");
  hand.editor.handle({ type: "cancel" });
  hand.click(6, 2);
  expect([hand.rows(), hand.editor.path]).toEqual([PLAIN, "cut.anchored"]);
  hand.click(0, 2); // from right to left: its right is above
  hand.expectStep(PLAIN, ["777777", "777777", "000000", "000000"]);
});

test("a slanted cut takes the pixels whose middles are beyond it", () => {
  hand = new Hand(["0000", "0000", "0000", "0000"], "cut");
  hand.drag([0, 0], [2, 2], [4, 4]);
  expect(hand.rows()).toEqual(["0000", "7000", "7700", "7770"]);
});
