import { type Box, fitted, type Size, type Viewport } from "../domain/geometry";
import { rectangle } from "../domain/outline";
import type { Region } from "../domain/region";
import { strokeAround } from "./region";
import { cleared } from "./surface";

export interface ContextView {
  readonly pane: Size;
  readonly image: ImageBitmap | null;
  /** What of the source image `image` shows. */
  readonly imageBox: Box;
  readonly region: Region;
}

/** CSS pixels: a region smaller than this is marked by a frame of this size around its middle, to be found at all. */
const FOUND_FROM = 10;
/** CSS pixels between the region and the middle of its outline. */
const GAP = 2.5;

/** The region's surroundings, as large as the pane allows, the region outlined. */
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
  const { x, y, width, height } = region.box;
  if (Math.max(width, height) * scale >= FOUND_FROM) {
    const inBox: Viewport = { scale, left: left + x * scale, top: top + y * scale };
    strokeAround(context, region.lines, inBox, GAP);
  } else {
    const middle = {
      scale: 1,
      left: left + (x + width / 2) * scale - FOUND_FROM / 2,
      top: top + (y + height / 2) * scale - FOUND_FROM / 2,
    };
    strokeAround(context, [rectangle(FOUND_FROM, FOUND_FROM)], middle, GAP);
  }
}
