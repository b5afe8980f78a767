import { expect, test } from "vitest";
import { fittingCount, superpixels } from "./slic";

/** A picture of one colour at the left of `border`, and another at its right. */
function halves(width: number, height: number, border: number): Uint8ClampedArray {
  const rgba = new Uint8ClampedArray(width * height * 4);
  for (let index = 0; index < width * height; index += 1) {
    rgba.set(index % width < border ? [200, 60, 40, 255] : [40, 90, 200, 255], 4 * index);
  }
  return rgba;
}

test("superpixels follow an edge of the picture", () => {
  const [width, height, border] = [24, 24, 10];
  const { labels, count } = superpixels(halves(width, height, border), width, height, null, 16);
  expect(count).toBeGreaterThan(8);
  expect(count).toBeLessThan(24);
  const sides = new Map<number, Set<boolean>>();
  labels.forEach((label, index) => {
    sides.set(label, (sides.get(label) ?? new Set()).add(index % width < border));
  });
  expect([...sides.values()].every((side) => side.size === 1)).toBe(true);
});

test("each is connected, none is a speck, and outside of the region is none", () => {
  const side = 17;
  const inside = Uint8Array.from({ length: side * side }, (_, index) => (index % side < 13 ? 1 : 0));
  const { labels, count } = superpixels(halves(side, side, 6), side, side, inside, 10);
  const sizes = new Array<number>(count + 1).fill(0);
  labels.forEach((label, index) => {
    expect(label === 0).toBe(inside[index] === 0);
    sizes[label] = (sizes[label] ?? 0) + 1;
  });
  expect(Math.min(...sizes.slice(1))).toBeGreaterThanOrEqual(3);
  for (let part = 1; part <= count; part += 1) expect(reached(labels, side, part)).toBe(sizes[part]);
});

test("a window is cut into few, an image into many", () => {
  expect([fittingCount(17 * 17), fittingCount(320 * 240), fittingCount(2048 * 1024)]).toEqual([10, 192, 400]);
});

/** How many pixels of a part are reached from its first one by its own pixels' sides. */
function reached(labels: Uint32Array, width: number, part: number): number {
  const open = [labels.indexOf(part)];
  const seen = new Set(open);
  for (const at of open) {
    const sides = [at - width, at + width, ...(at % width > 0 ? [at - 1] : [])];
    if (at % width < width - 1) sides.push(at + 1);
    for (const next of sides) {
      if (labels[next] !== part || seen.has(next)) continue;
      seen.add(next);
      open.push(next);
    }
  }
  return seen.size;
}
