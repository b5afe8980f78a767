import type { Box, Viewport } from "../domain/geometry";

/**
 * The lines between neighbouring pixels with different values, in screen coordinates, on the middle of screen pixels so
 * that they are sharp.
 *
 * Those of the pixels of `box` at their left and upper sides, and at the right and lower sides of the last column and
 * row. Where `valueAt` says null on either side, no line is drawn.
 */
export function edges(
  box: Box,
  valueAt: (x: number, y: number) => number | null,
  { scale, left, top }: Viewport,
): Path2D {
  const path = new Path2D();
  const differ = (one: number | null, other: number | null) =>
    one !== null && other !== null && one !== other;
  for (let y = box.y; y <= box.y + box.height; y += 1) {
    for (let x = box.x; x <= box.x + box.width; x += 1) {
      const value = valueAt(x, y);
      const [px, py] = [left + x * scale + 0.5, top + y * scale + 0.5];
      if (differ(value, valueAt(x - 1, y))) {
        path.moveTo(px, py);
        path.lineTo(px, py + scale);
      }
      if (differ(value, valueAt(x, y - 1))) {
        path.moveTo(px, py);
        path.lineTo(px + scale, py);
      }
    }
  }
  return path;
}
