/** Positions in two spaces that are never mixed: pixels of the source image, and CSS pixels of a pane. */

/** Pixel position in the source image; (0, 0) is the top-left corner of the top-left pixel. */
export type ImagePoint = readonly [x: number, y: number] & { readonly brand: "image" };
/** CSS pixel position inside a pane. */
export type ScreenPoint = readonly [x: number, y: number] & { readonly brand: "screen" };

/** A rectangle of whole pixels: columns x … x+width-1, rows y … y+height-1. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** How an image lies in a pane: `scale` CSS pixels an image pixel, image (0, 0) at `left`, `top`. */
export interface Viewport {
  readonly scale: number;
  readonly left: number;
  readonly top: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export function imagePoint(x: number, y: number): ImagePoint {
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- the constructor of the brand
  return [x, y] as unknown as ImagePoint;
}

export function screenPoint(x: number, y: number): ScreenPoint {
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- the constructor of the brand
  return [x, y] as unknown as ScreenPoint;
}

export function toImage(viewport: Viewport, [x, y]: ScreenPoint): ImagePoint {
  return imagePoint((x - viewport.left) / viewport.scale, (y - viewport.top) / viewport.scale);
}

export function toScreen(viewport: Viewport, [x, y]: ImagePoint): ScreenPoint {
  return screenPoint(x * viewport.scale + viewport.left, y * viewport.scale + viewport.top);
}

export function contains(box: Box, [x, y]: ImagePoint): boolean {
  return x >= box.x && y >= box.y && x < box.x + box.width && y < box.y + box.height;
}

/** CSS pixels of an image pixel at most: more shows a few pixels less of their surroundings, and nothing more of them. */
const MAX_SCALE = 24;
/** CSS pixels that stay free around a region, for its outline. */
const MARGIN = 4;

/**
 * The region in the middle of the pane, its long side about `side` CSS pixels. The scale is whole, which keeps every
 * pixel equal; only what does not fit so is made smaller than it is.
 */
export function magnified(region: Box, pane: Size, side: number): Viewport {
  const room = Math.min((pane.width - 2 * MARGIN) / region.width, (pane.height - 2 * MARGIN) / region.height);
  const wanted = Math.max(1, Math.round(side / Math.max(region.width, region.height)));
  const scale = room < 1 ? Math.max(room, Number.EPSILON) : Math.min(wanted, Math.floor(room), MAX_SCALE);
  return {
    scale,
    left: Math.round(pane.width / 2 - (region.x + region.width / 2) * scale),
    top: Math.round(pane.height / 2 - (region.y + region.height / 2) * scale),
  };
}

/** All of `box` in the pane, as large as it goes. */
export function fitted(box: Box, pane: Size): Viewport {
  const scale = Math.min(pane.width / box.width, pane.height / box.height);
  return {
    scale,
    left: (pane.width - box.width * scale) / 2 - box.x * scale,
    top: (pane.height - box.height * scale) / 2 - box.y * scale,
  };
}
