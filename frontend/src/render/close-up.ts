/** The close-up: pixels as they are, the region outlined and never filled; while it is split, its parts as well. */

import type { Box, Size, Viewport } from "../domain/geometry";
import type { Region } from "../domain/region";
import type { Span } from "../editor/brush";
import type { LabelDocument } from "../editor/document";
import { edges } from "./edges";
import { strokeAround } from "./region";
import { cleared, strokeTwice } from "./surface";
import type { Tint } from "./tint";

export interface Parts {
  readonly document: LabelDocument;
  readonly tint: Tint;
  /** Pixels under the brush, in pixels of the box. */
  readonly brush: readonly Span[];
}

export interface CloseUp {
  readonly pane: Size;
  readonly viewport: Viewport;
  readonly image: ImageBitmap | null;
  /** What of the source image `image` shows. */
  readonly imageBox: Box;
  readonly region: Region;
  readonly parts: Parts | null;
}

/** From so many CSS pixels a pixel on, lines are drawn between the parts; below, the tint has borders. */
export const LINES_FROM = 3;

export function drawCloseUp(canvas: HTMLCanvasElement, view: CloseUp): void {
  const context = cleared(canvas, view.pane);
  if (context === null || view.image === null) return;
  const { scale, left, top } = view.viewport;
  const { imageBox, region, parts } = view;
  context.imageSmoothingEnabled = scale < 1;
  context.imageSmoothingQuality = "medium";
  context.drawImage(
    view.image,
    left + imageBox.x * scale,
    top + imageBox.y * scale,
    imageBox.width * scale,
    imageBox.height * scale,
  );
  const inBox: Viewport = { scale, left: left + region.box.x * scale, top: top + region.box.y * scale };
  if (parts !== null) drawParts(context, parts, inBox);
  strokeAround(context, region.lines, inBox, 1.5);
  if (parts !== null) drawBrush(context, parts.brush, inBox);
}

function drawParts(context: CanvasRenderingContext2D, { document, tint }: Parts, viewport: Viewport): void {
  const { width, height, pixels } = document;
  const { scale, left, top } = viewport;
  context.imageSmoothingQuality = "low"; // the picture is new each time: no time to make it smaller step by step
  context.drawImage(tint.picture(), left, top, width * scale, height * scale);
  if (tint.hasBorders) return;
  const partAt = (x: number, y: number) => (document.has(x, y) ? (pixels[y * width + x] ?? null) : null);
  context.strokeStyle = "#fff";
  context.lineWidth = 1;
  context.stroke(edges(width, height, partAt, viewport));
}

function drawBrush(context: CanvasRenderingContext2D, brush: readonly Span[], viewport: Viewport): void {
  const [first, last] = [brush[0], brush.at(-1)];
  if (first === undefined || last === undefined) return;
  const x0 = Math.min(...brush.map((span) => span.x));
  const x1 = Math.max(...brush.map((span) => span.x + span.length));
  const under = (x: number, y: number) => {
    const span = brush[y];
    return span !== undefined && x + x0 >= span.x && x + x0 < span.x + span.length ? 1 : 0;
  };
  const { scale, left, top } = viewport;
  const moved = { scale, left: left + x0 * scale, top: top + first.y * scale };
  strokeTwice(context, edges(x1 - x0, brush.length, under, moved));
}
