/** The pixels that a query asks about: all of a box, or a part of it. */

import { IGNORE_INDEX } from "./classes";
import type { Box } from "./geometry";
import { outline, rectangle, type Line } from "./outline";
import { decode } from "./rle";

export interface Region {
  readonly box: Box;
  /** Row-major in the box, 1 where the region is; null: all of it. */
  readonly inside: Uint8Array | null;
  /** Around the region, in pixels of the box. */
  readonly lines: readonly Line[];
  readonly numPixels: number;
}

/** The region in `box` that `code` describes, as docs/formats.md has it; null: the whole box. */
export function regionOf(box: Box, code: string | null): Region {
  const { width, height } = box;
  if (code === null) {
    return { box, inside: null, lines: [rectangle(width, height)], numPixels: width * height };
  }
  const inside = decode(code, width * height);
  const numPixels = inside.reduce((sum, one) => sum + one, 0);
  return { box, inside, lines: outline(width, height, inside), numPixels };
}

/** A copy of a label map that says nothing of what is not inside. */
export function masked(pixels: Readonly<Uint8Array>, inside: Uint8Array | null): Uint8Array {
  return inside === null
    ? pixels.slice()
    : pixels.map((value, index) => (inside[index] === 1 ? value : IGNORE_INDEX));
}
