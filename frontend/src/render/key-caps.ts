/** Where the key of each part of a split is drawn, so that its class can be told without its colour. */

import { type RegionPoint, regionPoint } from "../domain/geometry";
import { piecesOf } from "../domain/partition";
import type { LabelDocument } from "../editor/document";

export interface KeyCap {
  readonly at: RegionPoint;
  readonly text: string;
}

/** Beyond so many pixels finding the parts would hold a stroke up. */
const MAX_PIXELS = 2 ** 18;
/** CSS pixels: in a smaller part a key would hide what it names. */
const LEAST_AREA = 1_500;

/** A key in each connected part that has room for it, on the pixel of the part that is nearest to the part's middle. */
export function keyCaps(
  { width, height, pixels, inside }: LabelDocument,
  textOf: (classId: number) => string,
  scale: number,
): KeyCap[] {
  if (width * height > MAX_PIXELS) return [];
  const { labels, count } = piecesOf(width, height, pixels, inside);
  const sums = Array.from({ length: count + 1 }, () => ({ size: 0, x: 0, y: 0, classId: 0 }));
  labels.forEach((label, index) => {
    const sum = sums[label];
    if (label === 0 || sum === undefined) return;
    sum.size += 1;
    sum.x += index % width;
    sum.y += Math.floor(index / width);
    sum.classId = pixels[index] ?? 0;
  });
  const nearest = sums.map(() => ({ far: Infinity, index: 0 }));
  labels.forEach((label, index) => {
    const [sum, best] = [sums[label], nearest[label]];
    if (sum === undefined || best === undefined) return;
    const far =
      ((index % width) - sum.x / sum.size) ** 2 + (Math.floor(index / width) - sum.y / sum.size) ** 2;
    if (far < best.far) Object.assign(best, { far, index });
  });
  return sums.flatMap(({ size, classId }, label) => {
    if (label === 0 || size * scale ** 2 < LEAST_AREA) return [];
    const index = nearest[label]?.index ?? 0;
    const at = regionPoint((index % width) + 0.5, Math.floor(index / width) + 0.5);
    return [{ at, text: textOf(classId) }];
  });
}
