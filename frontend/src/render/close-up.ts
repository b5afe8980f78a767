/** The bottom layer of the close-up: pixels as they are, the region outlined and never filled. */

import { inBox, type Box, type Size, type Viewport } from "../domain/geometry";
import type { Region } from "../domain/region";
import { strokeAround } from "./region";
import { cleared } from "./surface";

/** A part of the source image. */
export interface Crop {
  readonly bitmap: ImageBitmap;
  readonly box: Box;
}

export interface CloseUp {
  readonly pane: Size;
  readonly viewport: Viewport;
  /** The later ones lie on the earlier ones. */
  readonly crops: readonly Crop[];
  readonly region: Region;
}

export function drawCloseUp(canvas: HTMLCanvasElement, view: CloseUp): void {
  const context = cleared(canvas, view.pane);
  if (context === null || view.crops.length === 0) return;
  const { scale, left, top } = view.viewport;
  context.imageSmoothingEnabled = scale < 1;
  context.imageSmoothingQuality = "medium";
  for (const { bitmap, box } of view.crops) {
    const place = [left + box.x * scale, top + box.y * scale, box.width * scale, box.height * scale] as const;
    context.drawImage(bitmap, ...place);
  }
  strokeAround(context, view.region.lines, inBox(view.viewport, view.region.box), 1.5);
}
