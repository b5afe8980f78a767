import { expect, test } from "vitest";
import { fitted, imagePoint, magnified, screenPoint, toImage, toScreen } from "./geometry";

const region = { x: 100, y: 60, width: 17, height: 17 };

test("a region of 17 pixels is shown 357 wide, in the middle of its pane", () => {
  const viewport = magnified(region, { width: 600, height: 500 }, 360);
  expect(viewport.scale).toBe(21);
  const [left, top] = toScreen(viewport, imagePoint(region.x, region.y));
  expect(Math.abs(left + 357 / 2 - 300)).toBeLessThanOrEqual(0.5);
  expect(Math.abs(top + 357 / 2 - 250)).toBeLessThanOrEqual(0.5);
});

test("a small pane makes the region smaller, never the pixels uneven", () => {
  expect(magnified(region, { width: 200, height: 500 }, 360).scale).toBe(12);
  expect(magnified({ ...region, width: 900 }, { width: 200, height: 200 }, 360).scale).toBe(1);
});

test("a point goes to the screen and back", () => {
  const viewport = fitted({ x: 10, y: 20, width: 320, height: 240 }, { width: 640, height: 480 });
  expect(toScreen(viewport, imagePoint(10, 20))).toEqual([0, 0]);
  expect(toImage(viewport, screenPoint(640, 480))).toEqual([330, 260]);
});

test("the two spaces do not mix", () => {
  const viewport = { scale: 2, left: 0, top: 0 };
  // @ts-expect-error an image point is no screen point
  expect(toImage(viewport, imagePoint(1, 1))).toEqual([0.5, 0.5]);
});
