/** A round brush of whole pixels: no anti-aliasing, so a pixel has one class and the cursor can show exactly which. */

import { regionPoint, type RegionPoint } from "../domain/geometry";
import type { Span } from "./raster";

const BRUSH_SIZES: readonly number[] = [1, 2, 3, 4, 5, 7, 9, 12, 16, 24, 32, 48, 64, 96, 128, 192];

/** The size to begin with where the region's long side is `long` pixels. */
export function firstSize(long: number): number {
  return BRUSH_SIZES.find((one) => one >= Math.max(3, long / 96)) ?? 192;
}

/** The next size up (+1) or down (-1); none goes beyond the first that covers a region of `long` pixels. */
export function resized(size: number, by: 1 | -1, long: number): number {
  const wanted =
    by > 0 ? BRUSH_SIZES.find((one) => one > size && size < long) : BRUSH_SIZES.findLast((one) => one < size);
  return wanted ?? size;
}

/**
 * Where a brush of `size` pixels comes to lie at (x, y): on the middle of a pixel if `size` is odd, on a corner if it
 * is even, so that it is always symmetrical.
 */
export function snapped(x: number, y: number, size: number): readonly [number, number] {
  return size % 2 === 1 ? [Math.floor(x) + 0.5, Math.floor(y) + 0.5] : [Math.round(x), Math.round(y)];
}

/** The pixels whose middles are at most size/2 from the snapped position, row by row. */
export function footprint([x, y]: RegionPoint, size: number): Span[] {
  const [cx, cy] = snapped(x, y, size);
  const spans: Span[] = [];
  for (let row = Math.floor(cy - size / 2); row < cy + size / 2; row += 1) {
    const dy = row + 0.5 - cy;
    const reach = Math.sqrt(Math.max(0, (size / 2) ** 2 - dy * dy));
    const first = Math.ceil(cx - reach - 0.5);
    const last = Math.floor(cx + reach - 0.5);
    if (last >= first) spans.push({ x: first, y: row, length: last - first + 1 });
  }
  return spans;
}

/**
 * The places where a brush of `size` is set down on the way from one position to the next: at most one pixel apart, or
 * a sixteenth of a large brush, whose edge is then still less than a pixel from the true one.
 */
export function* way(from: RegionPoint, to: RegionPoint, size: number): Generator<RegionPoint> {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const apart = Math.max(1, size / 16);
  const steps = Math.max(1, Math.ceil(Math.max(Math.abs(dx), Math.abs(dy)) / apart));
  for (let step = 0; step <= steps; step += 1) {
    yield regionPoint(from[0] + (dx * step) / steps, from[1] + (dy * step) / steps);
  }
}
