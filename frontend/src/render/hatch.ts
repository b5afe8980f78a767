/** Stripes over some pixels of a region: what is wrong with them is told without any colour. */

import type { Viewport } from "../domain/geometry";
import type { Line } from "../domain/outline";
import { strokeTwice } from "./surface";

const GAP = 8; // CSS px between stripes

/** On what the canvas shows already; `lines` around the pixels, as the outline of them has it, in pixels of the region as `viewport` is. */
export function drawHatch(
  canvas: HTMLCanvasElement,
  lines: readonly Line[],
  { scale, left, top }: Viewport,
  { width, height }: { readonly width: number; readonly height: number },
): void {
  const context = canvas.getContext("2d");
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
  strokeTwice(context, around, 2);
}
