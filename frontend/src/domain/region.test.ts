import { expect, test } from "vitest";
import { masked, regionOf } from "./region";

const box = { x: 40, y: 20, width: 3, height: 2 };

test("without a code the region is its box", () => {
  const { inside, numPixels, lines } = regionOf(box, null);
  expect([inside, numPixels, lines.length]).toEqual([null, 6, 1]);
});

test("a code says which pixels of the box are the region's", () => {
  const { inside, numPixels, lines } = regionOf(box, "0x1 1x4 0x1");
  expect([[...(inside ?? [])], numPixels, lines.length]).toEqual([[0, 1, 1, 1, 1, 0], 4, 1]);
});

test("a masked map is void outside of the region, and a copy", () => {
  const pixels = Uint8Array.of(0, 1, 2, 3, 255, 5);
  expect([...masked(pixels, Uint8Array.of(0, 1, 1, 1, 1, 0))]).toEqual([255, 1, 2, 3, 255, 255]);
  const whole = masked(pixels, null);
  whole[0] = 7;
  expect([...pixels]).toEqual([0, 1, 2, 3, 255, 5]);
});
