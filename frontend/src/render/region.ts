import type { Viewport } from "../domain/geometry";
import { type Corner, type Line, movedOut } from "../domain/outline";
import { strokeTwice } from "./surface";

/** CSS pixels: beyond any pane. */
const FAR = 1e5;

/**
 * A region's outline, `gap` CSS pixels off its pixels (the middle of the line; it is 3 wide). Where the region's own
 * shape leaves no room for the line, the line gives way: no pixel of the region is hidden, or tinted.
 */
export function strokeAround(
  context: CanvasRenderingContext2D,
  lines: readonly Line[],
  { scale, left, top }: Viewport,
  gap: number,
): void {
  const place = ([x, y]: Corner): Corner => [Math.round(left + x * scale), Math.round(top + y * scale)];
  const outside = closed(lines.map((line) => movedOut(line, 0, place)));
  outside.rect(-FAR, -FAR, 2 * FAR, 2 * FAR);
  context.save();
  context.clip(outside, "evenodd");
  strokeTwice(context, closed(lines.map((line) => movedOut(line, gap, place))));
  context.restore();
}

function closed(lines: readonly (readonly Corner[])[]): Path2D {
  const path = new Path2D();
  for (const corners of lines) {
    corners.forEach(([x, y], nth) => (nth === 0 ? path.moveTo(x, y) : path.lineTo(x, y)));
    path.closePath();
  }
  return path;
}
