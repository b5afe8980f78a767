/** The close-up: pixels as they are, the region outlined and never filled; while it is split, its parts as well. */

import { IGNORE_INDEX, rgb } from "../domain/classes";
import type { Box, Size, Viewport } from "../domain/geometry";
import type { Span } from "../editor/brush";
import type { LabelDocument } from "../editor/document";
import { edges } from "./edges";
import { cleared, strokeTwice } from "./surface";

export interface Parts {
  readonly document: LabelDocument;
  /** Colours by class id. */
  readonly colors: readonly string[];
  /** Pixels under the brush, in pixels of the box. */
  readonly brush: readonly Span[];
}

export interface CloseUp {
  readonly pane: Size;
  readonly viewport: Viewport;
  readonly image: ImageBitmap | null;
  /** What of the source image `image` shows. */
  readonly imageBox: Box;
  readonly region: Box;
  readonly parts: Parts | null;
}

const TINT = 0.4;

export function drawCloseUp(canvas: HTMLCanvasElement, view: CloseUp): void {
  const context = cleared(canvas, view.pane);
  if (context === null || view.image === null) return;
  const { scale, left, top } = view.viewport;
  const { imageBox, region } = view;
  context.imageSmoothingEnabled = false;
  context.drawImage(
    view.image,
    left + imageBox.x * scale,
    top + imageBox.y * scale,
    imageBox.width * scale,
    imageBox.height * scale,
  );
  const inBox: Viewport = { scale, left: left + region.x * scale, top: top + region.y * scale };
  if (view.parts !== null) drawParts(context, view.parts, inBox);
  const outline = new Path2D();
  outline.rect(inBox.left - 1.5, inBox.top - 1.5, region.width * scale + 3, region.height * scale + 3);
  strokeTwice(context, outline);
  if (view.parts !== null) drawBrush(context, view.parts.brush, inBox);
}

function drawParts(context: CanvasRenderingContext2D, { document, colors }: Parts, viewport: Viewport): void {
  const { width, height, pixels } = document;
  const tint = new ImageData(width, height);
  pixels.forEach((classId, index) => {
    if (!document.has(index % width, Math.floor(index / width))) return;
    // Void has no colour of its own: a checkerboard of two greys.
    const grey = (index + Math.floor(index / width)) % 2 === 0 ? "#101010" : "#f0f0f0";
    const color = classId === IGNORE_INDEX ? grey : (colors[classId] ?? grey);
    tint.data.set([...rgb(color), 255 * TINT], index * 4);
  });
  const small = new OffscreenCanvas(width, height);
  small.getContext("2d")?.putImageData(tint, 0, 0);
  context.drawImage(small, viewport.left, viewport.top, width * viewport.scale, height * viewport.scale);
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
