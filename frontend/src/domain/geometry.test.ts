import { expect, test } from "vitest";
import {
  centred,
  fitted,
  imagePoint,
  magnified,
  roomyScale,
  screenPoint,
  toImage,
  toScreen,
} from "./geometry";

const region = { x: 100, y: 60, width: 17, height: 17 };

test("a region of 17 pixels is shown 357 wide, in the middle of its pane", () => {
  const viewport = magnified(region, { width: 600, height: 500 }, 360);
  expect(viewport.scale).toBe(21);
  const [left, top] = toScreen(viewport, imagePoint(region.x, region.y));
  expect(Math.abs(left + 357 / 2 - 300)).toBeLessThanOrEqual(0.5);
  expect(Math.abs(top + 357 / 2 - 250)).toBeLessThanOrEqual(0.5);
});

test("a small pane makes the region smaller, never the pixels uneven", () => {
  expect(magnified(region, { width: 200, height: 500 }, 360).scale).toBe(11); // 17 * 11 = 187, and 4 px a side
});

test("few pixels are not made larger than a person can judge them with their surroundings", () => {
  expect(magnified({ ...region, width: 1, height: 1 }, { width: 600, height: 500 }, 360).scale).toBe(24);
  expect(magnified({ ...region, width: 9, height: 9 }, { width: 600, height: 500 }, 360).scale).toBe(24);
});

test("a region that does not fit at its own size is shown smaller, all of it, and in the middle", () => {
  const image = { x: 0, y: 0, width: 2048, height: 1024 };
  const viewport = magnified(image, { width: 1032, height: 700 }, 360);
  expect(viewport).toEqual({ scale: 0.5, left: 4, top: 94 });
  expect(toImage(viewport, screenPoint(4 + 512, 94 + 256))).toEqual([1024, 512]);
});

test("a region that is larger than wanted and fits has its own size, or a whole multiple of it", () => {
  const image = { x: 0, y: 0, width: 480, height: 360 };
  expect(magnified(image, { width: 700, height: 700 }, 360).scale).toBe(1);
  expect(magnified({ ...image, width: 200, height: 90 }, { width: 700, height: 700 }, 360).scale).toBe(2);
  expect(magnified({ ...image, width: 200, height: 90 }, { width: 400, height: 700 }, 360).scale).toBe(1);
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

test("an image larger than its pane is made to fit, a smaller one a whole number of times as large", () => {
  expect(roomyScale({ width: 2048, height: 1024 }, { width: 512, height: 400 })).toBe(0.25);
  expect(roomyScale({ width: 320, height: 240 }, { width: 700, height: 700 })).toBe(2);
});

test("a point is in the middle of the pane, but the image leaves no more room than it must", () => {
  const [image, pane] = [
    { width: 100, height: 10 },
    { width: 200, height: 100 },
  ];
  // 400 x 40 pixels: across, the pane shows a half; down, all of it is in the middle.
  expect(centred(image, pane, 4, imagePoint(50, 5))).toEqual({ scale: 4, left: -100, top: 30 });
  expect(centred(image, pane, 4, imagePoint(1, 9))).toEqual({ scale: 4, left: 0, top: 30 });
  expect(centred(image, pane, 4, imagePoint(99, 9))).toEqual({ scale: 4, left: -200, top: 30 });
});
