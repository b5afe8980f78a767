import { beforeEach, expect, test } from "vitest";
import { screenPoint, toImage } from "./geometry";
import { Look } from "./look";

const IMAGE = { width: 320, height: 240 };
const PANE = { width: 600, height: 500 };
const HOME = { scale: 21, left: -1900, top: -900 };
let look: Look;

beforeEach(() => {
  look = new Look();
  look.place(HOME, IMAGE, PANE);
});

test("closer and farther go by whole scales, and what is under the pointer stays there", () => {
  const at = screenPoint(123, 321);
  const [x, y] = toImage(look.viewport, at);
  for (const [by, scale] of [
    [1, 24],
    [1, 32],
    [-1, 24],
    [-1, 16],
    [-1, 12],
  ] as const) {
    look.step(by, at);
    expect(look.viewport.scale).toBe(scale);
    const now = toImage(look.viewport, at);
    expect(Math.abs(now[0] - x)).toBeLessThan(1 / scale + 0.05); // the place is whole CSS pixels
    expect(Math.abs(now[1] - y)).toBeLessThan(1 / scale + 0.05);
  }
});

test("scales end at 1/8 and 64", () => {
  for (let nth = 0; nth < 20; nth += 1) look.step(-1);
  expect(look.viewport.scale).toBe(1 / 8);
  for (let nth = 0; nth < 20; nth += 1) look.step(1);
  expect(look.viewport.scale).toBe(64);
});

test("something of the image stays in the pane, however far one pans", () => {
  look.pan(1e6, 1e6);
  expect([look.viewport.left, look.viewport.top]).toEqual([560, 460]);
  look.pan(-1e6, -1e6);
  expect([look.viewport.left, look.viewport.top]).toEqual([40 - 320 * 21, 40 - 240 * 21]);
});

test("small steps of two fingers add up to the next scale", () => {
  const middle = screenPoint(300, 250);
  const scales = Array.from({ length: 12 }, () => {
    look.pinch(middle, middle, 1.05);
    return look.viewport.scale;
  });
  // Of the steps 24 is the nearest to 21 already; 21 * 1.05^12 is 37.7, nearest to 32.
  expect([...new Set(scales)]).toEqual([21, 32]);
});

test("two fingers that only move take the view along; home is where it was", () => {
  look.pinch(screenPoint(300, 250), screenPoint(310, 245), 1);
  expect(look.viewport).toEqual({ scale: 21, left: -1890, top: -905 });
  expect(look.isMoved).toBe(true);
  look.reset();
  expect([look.viewport, look.isMoved]).toEqual([HOME, false]);
});
