/** The middle layer of the close-up: the parts of a split region. A stroke repaints only what it has touched. */

import { inBox, type Box, type Size, type Viewport } from "../domain/geometry";
import type { LabelDocument } from "../editor/document";
import { edges } from "./edges";
import { prepared } from "./surface";
import type { Tint } from "./tint";

/** From so many CSS pixels a pixel on, lines are drawn between the parts; below, the tint has borders. */
export const LINES_FROM = 3;

export interface PartsView {
  readonly pane: Size;
  /** In pixels of the image. */
  readonly viewport: Viewport;
  /** Of the region. */
  readonly box: Box;
  readonly document: LabelDocument;
  readonly tint: Tint;
}

export class PartsLayer {
  /** What is on the canvas now. */
  #shown: { readonly viewport: Viewport; readonly tint: Tint } | null = null;

  /** Null: no parts are shown. */
  draw(canvas: HTMLCanvasElement, view: PartsView | null): void {
    if (view === null) {
      canvas.width = 0; // which clears it
      this.#shown = null;
      return;
    }
    const surface = prepared(canvas, view.pane);
    if (surface === null) return;
    const { context, isFresh } = surface;
    const isSame = !isFresh && this.#shown?.tint === view.tint && same(this.#shown.viewport, view.viewport);
    const dirty = view.tint.update();
    this.#shown = { viewport: view.viewport, tint: view.tint };
    if (!isSame) {
      context.clearRect(0, 0, view.pane.width, view.pane.height);
      paint(context, view, visible(view));
    } else if (dirty !== null) {
      paint(context, view, dirty);
    }
  }
}

/** Paint a box, in pixels of the region, anew. */
function paint(context: CanvasRenderingContext2D, view: PartsView, box: Box): void {
  const { document, tint } = view;
  const viewport = inBox(view.viewport, view.box);
  const { scale, left, top } = viewport;
  const [x0, y0] = [Math.floor(left + box.x * scale) - 2, Math.floor(top + box.y * scale) - 2];
  const [x1, y1] = [
    Math.ceil(left + (box.x + box.width) * scale) + 2,
    Math.ceil(top + (box.y + box.height) * scale) + 2,
  ];
  context.save();
  context.beginPath();
  context.rect(x0, y0, x1 - x0, y1 - y0);
  context.clip();
  context.clearRect(x0, y0, x1 - x0, y1 - y0);
  context.imageSmoothingEnabled = scale < 1;
  context.imageSmoothingQuality = "low"; // the picture is new each time: no time to make it smaller step by step
  context.drawImage(tint.picture, left, top, document.width * scale, document.height * scale);
  if (!tint.pixels.style.hasBorders) {
    const { width, pixels } = document;
    const partAt = (x: number, y: number) => (document.has(x, y) ? (pixels[y * width + x] ?? null) : null);
    context.strokeStyle = "#fff";
    context.lineWidth = 1;
    // The lines of the pixels around it reach into what was cleared.
    context.stroke(edges(grown(box, document), partAt, viewport));
  }
  context.restore();
}

function grown(box: Box, { width, height }: Size): Box {
  const [x, y] = [Math.max(0, box.x - 1), Math.max(0, box.y - 1)];
  return {
    x,
    y,
    width: Math.min(width, box.x + box.width + 1) - x,
    height: Math.min(height, box.y + box.height + 1) - y,
  };
}

/** What of the region lies in the pane. */
function visible({ pane, viewport, box, document }: PartsView): Box {
  const { scale, left, top } = inBox(viewport, box);
  const within = (value: number, length: number) => Math.min(length, Math.max(0, value));
  const x = within(Math.floor(-left / scale), document.width);
  const y = within(Math.floor(-top / scale), document.height);
  return {
    x,
    y,
    width: within(Math.ceil((pane.width - left) / scale), document.width) - x,
    height: within(Math.ceil((pane.height - top) / scale), document.height) - y,
  };
}

function same(one: Viewport, other: Viewport): boolean {
  return one.scale === other.scale && one.left === other.left && one.top === other.top;
}
