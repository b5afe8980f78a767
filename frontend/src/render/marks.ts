/** The top layer of the close-up: what the tool at hand would do, and each part's class by its key, not by colour alone. */

import type { RegionPoint, Size, Viewport } from "../domain/geometry";
import type { Line } from "../domain/outline";
import type { Span } from "../editor/raster";
import type { Preview } from "../editor/tool";
import { edges } from "./edges";
import type { KeyCap } from "./key-caps";
import { cleared, strokeTwice } from "./surface";

/** CSS pixels: beyond any pane. */
const FAR = 1e5;
const FONT = "600 12px 'Inter Variable', system-ui, sans-serif";
const CAP = 18; // CSS px, the least width and the height of a drawn key

export interface Marks {
  readonly pane: Size;
  /** In pixels of the region. */
  readonly viewport: Viewport;
  readonly preview: Preview | null;
  readonly caps: readonly KeyCap[];
}

export function drawMarks(canvas: HTMLCanvasElement, { pane, viewport, preview, caps }: Marks): void {
  const context = cleared(canvas, pane);
  if (context === null) return;
  for (const cap of caps) drawCap(context, cap, viewport);
  switch (preview?.kind) {
    case "pixels":
      drawPixels(context, preview.spans, viewport);
      break;
    case "polygon":
      drawPolygon(context, preview.corners, viewport);
      break;
    case "cut":
      drawCut(context, preview.from, preview.to, viewport);
      break;
    case "part":
      strokeTwice(context, pathOf(preview.lines, viewport), 2);
      break;
    case undefined:
      break;
  }
}

/** The outline of exactly the pixels that would be painted. */
function drawPixels(context: CanvasRenderingContext2D, spans: readonly Span[], viewport: Viewport): void {
  const first = spans[0];
  if (first === undefined) return;
  const left = Math.min(...spans.map((span) => span.x));
  const right = Math.max(...spans.map((span) => span.x + span.length));
  const isUnder = (x: number, y: number) => {
    const span = spans[y - first.y];
    return span !== undefined && x >= span.x && x < span.x + span.length ? 1 : 0;
  };
  const box = { x: left, y: first.y, width: right - left, height: spans.length };
  strokeTwice(context, edges(box, isUnder, viewport));
}

function drawPolygon(
  context: CanvasRenderingContext2D,
  corners: readonly RegionPoint[],
  viewport: Viewport,
): void {
  const path = new Path2D();
  for (const corner of corners) path.lineTo(...placed(corner, viewport));
  strokeTwice(context, path);
  const first = corners[0];
  if (first === undefined) return;
  const ring = new Path2D();
  ring.arc(...placed(first, viewport), 5, 0, 2 * Math.PI);
  strokeTwice(context, ring);
}

/** The line on to the ends of the pane, and stripes at its right, where the class would go. */
function drawCut(
  context: CanvasRenderingContext2D,
  from: RegionPoint,
  to: RegionPoint,
  viewport: Viewport,
): void {
  const [[x0, y0], [x1, y1]] = [placed(from, viewport), placed(to, viewport)];
  const length = Math.hypot(x1 - x0, y1 - y0);
  if (length === 0) return;
  const [dx, dy] = [(x1 - x0) / length, (y1 - y0) / length];
  const line = new Path2D();
  line.moveTo(x0 - dx * FAR, y0 - dy * FAR);
  line.lineTo(x0 + dx * FAR, y0 + dy * FAR);
  for (let along = 0; along <= length; along += 12) {
    line.moveTo(x0 + dx * along, y0 + dy * along);
    line.lineTo(x0 + dx * along - dy * 10, y0 + dy * along + dx * 10);
  }
  strokeTwice(context, line);
}

function drawCap(context: CanvasRenderingContext2D, { at, text }: KeyCap, viewport: Viewport): void {
  const [x, y] = placed(at, viewport);
  context.font = FONT;
  const width = Math.max(CAP, context.measureText(text).width + 8);
  context.fillStyle = "rgb(0 0 0 / 75%)";
  context.beginPath();
  context.roundRect(x - width / 2, y - CAP / 2, width, CAP, 4);
  context.fill();
  context.fillStyle = "#fff";
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(text, x, y + 0.5);
}

function pathOf(lines: readonly Line[], { scale, left, top }: Viewport): Path2D {
  const path = new Path2D();
  for (const corners of lines) {
    for (const [x, y] of corners) path.lineTo(left + x * scale, top + y * scale);
    path.closePath();
  }
  return path;
}

function placed([x, y]: RegionPoint, { scale, left, top }: Viewport): [number, number] {
  return [left + x * scale, top + y * scale];
}
