import { type Box, fitted, type Size } from "../domain/geometry";
import { cleared, strokeTwice } from "./surface";

export interface ContextView {
  readonly pane: Size;
  readonly image: ImageBitmap | null;
  /** What of the source image `image` shows. */
  readonly imageBox: Box;
  readonly region: Box;
}

/** The region's surroundings, as large as the pane allows, the region boxed. */
export function drawContext(canvas: HTMLCanvasElement, { pane, image, imageBox, region }: ContextView): void {
  const context = cleared(canvas, pane);
  if (context === null || image === null) return;
  const { scale, left, top } = fitted(imageBox, pane);
  context.imageSmoothingQuality = "high";
  context.drawImage(
    image,
    left + imageBox.x * scale,
    top + imageBox.y * scale,
    imageBox.width * scale,
    imageBox.height * scale,
  );
  const box = new Path2D();
  box.rect(
    Math.round(left + region.x * scale) - 2.5,
    Math.round(top + region.y * scale) - 2.5,
    Math.round(region.width * scale) + 5,
    Math.round(region.height * scale) + 5,
  );
  strokeTwice(context, box);
}
