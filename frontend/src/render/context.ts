import { inBox, type Box, type Size, type Viewport } from "../domain/geometry";
import { rectangle } from "../domain/outline";
import type { Region } from "../domain/region";
import { strokeAround } from "./region";
import { cleared, strokeTwice } from "./surface";

export interface ContextView {
  readonly pane: Size;
  readonly viewport: Viewport;
  readonly image: ImageBitmap | null;
  /** What of the source image `image` shows. */
  readonly imageBox: Box;
  readonly region: Region;
  /** What of the image the close-up shows, where that is not the region: in pixels of the image. */
  readonly frame: Box | null;
}

/** CSS pixels: a region smaller than this is marked by a frame of this size around its middle, to be found at all. */
const FOUND_FROM = 10;
/** CSS pixels between the region and the middle of its outline. */
const GAP = 2.5;

/** The region's surroundings, the region outlined. */
export function drawContext(canvas: HTMLCanvasElement, view: ContextView): void {
  const { pane, viewport, image, imageBox, region, frame } = view;
  const context = cleared(canvas, pane);
  if (context === null || image === null) return;
  const { scale, left, top } = viewport;
  context.imageSmoothingEnabled = scale < 2;
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
    strokeAround(context, region.lines, inBox(viewport, region.box), GAP);
  } else {
    const middle = {
      scale: 1,
      left: left + (x + width / 2) * scale - FOUND_FROM / 2,
      top: top + (y + height / 2) * scale - FOUND_FROM / 2,
    };
    strokeAround(context, [rectangle(FOUND_FROM, FOUND_FROM)], middle, GAP);
  }
  if (frame !== null) {
    const path = new Path2D();
    path.rect(left + frame.x * scale, top + frame.y * scale, frame.width * scale, frame.height * scale);
    context.setLineDash([4, 3]);
    strokeTwice(context, path);
  }
}
