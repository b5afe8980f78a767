import { magnified, type Size, type Viewport } from "../../domain/geometry";
import type { Item } from "../../state/held";

const REGION_SIDE = 360; // CSS px of the region's long side, whatever the size of the image, where there is room

/** How a region lies in its close-up as long as nobody looks elsewhere. */
export function homeOf({ unit, box }: Item["query"], pane: Size): Viewport {
  // A whole image is drawn in; it may have all the room there is.
  return magnified(box, pane, unit === "image" ? Math.max(pane.width, pane.height) : REGION_SIDE);
}
