import { beforeEach, expect, test } from "vitest";
import { screenPoint } from "../domain/geometry";
import { Pointers, type Ground, type PointerSign } from "./pointers";

let told: string[] = [];
let pointers: Pointers;

const ground = (held: Partial<Pick<Ground, "draws" | "pans">> = {}): Ground => ({
  draws: true,
  pans: false,
  draw: (step, [x, y]) => told.push(`${step} ${x},${y}`),
  cancel: () => told.push("cancel"),
  pan: (dx, dy) => told.push(`pan ${dx},${dy}`),
  pinch: (before, now, factor) => told.push(`pinch ${before.join()} ${now.join()} ${factor}`),
  pick: ([x, y]) => told.push(`pick ${x},${y}`),
  ...held,
});
const sign = (kind: PointerSign["kind"], x: number, y: number, more: Partial<PointerSign> = {}) => ({
  id: 1,
  kind,
  button: 0,
  at: screenPoint(x, y),
  ...more,
});

beforeEach(() => {
  told = [];
  pointers = new Pointers();
});

test("a mouse hovers, draws with its first button, and hovers again", () => {
  pointers.move(sign("mouse", 1, 1), ground());
  pointers.down(sign("mouse", 2, 2), ground());
  pointers.move(sign("mouse", 3, 3), ground());
  pointers.up(sign("mouse", 3, 3), ground());
  pointers.move(sign("mouse", 4, 4), ground());
  expect(told).toEqual(["move 1,1", "down 2,2", "move 3,3", "up 3,3", "move 4,4"]);
});

test.each([
  ["the middle button", { button: 1 }, {}],
  ["Space and a button", {}, { pans: true }],
  ["a button where nothing is drawn", {}, { draws: false }],
])("%s pans", (_, pressed, held) => {
  pointers.down(sign("mouse", 10, 10, pressed), ground(held));
  pointers.move(sign("mouse", 13, 8, pressed), ground(held));
  pointers.up(sign("mouse", 13, 8, pressed), ground(held));
  expect(told).toEqual(["pan 3,-2"]);
});

test("the right button picks a class and draws nothing", () => {
  pointers.down(sign("mouse", 5, 6, { button: 2 }), ground());
  pointers.up(sign("mouse", 5, 6, { button: 2 }), ground());
  expect(told).toEqual(["pick 5,6"]);
});

test("one finger draws; a second one takes that back, pans and zooms; nothing follows until both are lifted", () => {
  pointers.down(sign("touch", 0, 0), ground());
  pointers.move(sign("touch", 1, 0), ground());
  pointers.down(sign("touch", 11, 0, { id: 2 }), ground());
  expect(told).toEqual(["down 0,0", "move 1,0", "cancel"]);
  told = [];
  pointers.move(sign("touch", 21, 0, { id: 2 }), ground());
  pointers.move(sign("touch", 1, 10), ground());
  expect(told[0]).toBe("pinch 6,0 11,0 2");
  told = [];
  pointers.up(sign("touch", 21, 0, { id: 2 }), ground());
  pointers.move(sign("touch", 5, 5), ground());
  expect([told, pointers.state]).toEqual([[], "spent"]);
  pointers.up(sign("touch", 5, 5), ground());
  pointers.down(sign("touch", 7, 7), ground());
  expect(told).toEqual(["down 7,7"]);
});

test("once a pen was seen, a finger pans and the pen draws; a palm beside the pen does nothing", () => {
  pointers.down(sign("pen", 1, 1, { id: 9 }), ground());
  pointers.down(sign("touch", 50, 50), ground());
  pointers.move(sign("touch", 55, 50), ground());
  pointers.up(sign("touch", 55, 50), ground());
  pointers.move(sign("pen", 2, 2, { id: 9 }), ground());
  pointers.up(sign("pen", 2, 2, { id: 9 }), ground());
  expect(told).toEqual(["down 1,1", "move 2,2", "up 2,2"]);
  told = [];
  pointers.down(sign("touch", 50, 50), ground());
  pointers.move(sign("touch", 60, 50), ground());
  expect(told).toEqual(["pan 10,0"]);
});

test("a pointer that the browser takes away gives its stroke up", () => {
  pointers.down(sign("mouse", 1, 1), ground());
  pointers.lost(sign("mouse", 1, 1), ground());
  expect([told, pointers.state]).toEqual([["down 1,1", "cancel"], "idle"]);
});
