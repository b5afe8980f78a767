/** Shapes as whole pixels: a pixel belongs to a shape if its middle does. No anti-aliasing anywhere. */

import type { RegionPoint } from "../domain/geometry";

/** One run of pixels in a row: columns `x` … `x`+`length`-1 of row `y`. */
export interface Span {
  readonly x: number;
  readonly y: number;
  readonly length: number;
}

/** The pixels in a polygon, by the even-odd rule; the last corner is joined to the first. */
export function polygonSpans(corners: readonly RegionPoint[]): Span[] {
  const rows = corners.map(([, y]) => y);
  const spans: Span[] = [];
  for (let row = Math.floor(Math.min(...rows)); row < Math.max(...rows); row += 1) {
    const crossings = crossingsOf(corners, row + 0.5);
    for (let nth = 0; nth + 1 < crossings.length; nth += 2) {
      const first = Math.ceil((crossings[nth] ?? 0) - 0.5);
      const end = Math.ceil((crossings[nth + 1] ?? 0) - 0.5);
      if (end > first) spans.push({ x: first, y: row, length: end - first });
    }
  }
  return spans;
}

/** Where the outline crosses the line at height `y`, from left to right. */
function crossingsOf(corners: readonly RegionPoint[], y: number): number[] {
  const crossings: number[] = [];
  corners.forEach(([x0, y0], nth) => {
    const [x1, y1] = corners[(nth + 1) % corners.length] ?? [x0, y0];
    if (y0 <= y === y1 <= y) return;
    crossings.push(x0 + ((y - y0) / (y1 - y0)) * (x1 - x0));
  });
  return crossings.sort((one, other) => one - other);
}

/** Whether the middle of a pixel lies at the right of the line, looking from `from` to `to` on the screen. */
export function isRightOf(from: RegionPoint, to: RegionPoint, column: number, row: number): boolean {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  return dx * (row + 0.5 - from[1]) - dy * (column + 0.5 - from[0]) > 0;
}
