/** Stripes over some pixels of a region: what is wrong with them is told without any colour. */

import type { Size, Viewport } from "../domain/geometry";
import type { Line } from "../domain/outline";
import { cleared, strokeTwice } from "./surface";

const GAP = 14; // CSS px between stripes

/** `lines` around the pixels, as the outline of them has it, in pixels of the region as `viewport` is. */
export function drawHatch(
  canvas: HTMLCanvasElement,
  pane: Size,
  lines: readonly Line[],
  { scale, left, top }: Viewport,
  { width, height }: Size,
): void {
  const context = cleared(canvas, pane);
  if (context === null || lines.length === 0) return;
  const around = new Path2D();
  for (const corners of lines) {
    corners.forEach(([x, y], nth) => {
      const [px, py] = [left + x * scale, top + y * scale];
      if (nth === 0) around.moveTo(px, py);
      else around.lineTo(px, py);
    });
    around.closePath();
  }
  const [right, bottom] = [left + width * scale, top + height * scale];
  const stripes = new Path2D();
  for (let x = left - (bottom - top); x < right; x += GAP) {
    stripes.moveTo(x, bottom);
    stripes.lineTo(x + bottom - top, top);
  }
  context.save();
  context.clip(around, "evenodd");
  strokeTwice(context, stripes);
  context.restore();
  strokeTwice(context, around);
}
