/** Positions in three spaces that are never mixed: pixels of the image, of a region's box, and CSS pixels of a pane. */

/** Pixel position in the source image; (0, 0) is the top-left corner of the top-left pixel. */
export type ImagePoint = readonly [x: number, y: number] & { readonly brand: "image" };
/** Pixel position in the box of a region; (0, 0) is the top-left corner of its top-left pixel. */
export type RegionPoint = readonly [x: number, y: number] & { readonly brand: "region" };
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

export function regionPoint(x: number, y: number): RegionPoint {
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- the constructor of the brand
  return [x, y] as unknown as RegionPoint;
}

export function screenPoint(x: number, y: number): ScreenPoint {
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- the constructor of the brand
  return [x, y] as unknown as ScreenPoint;
}

export function toImage(viewport: Viewport, [x, y]: ScreenPoint): ImagePoint {
  return imagePoint((x - viewport.left) / viewport.scale, (y - viewport.top) / viewport.scale);
}

export function toRegion(viewport: Viewport, box: Box, at: ScreenPoint): RegionPoint {
  const [x, y] = toImage(viewport, at);
  return regionPoint(x - box.x, y - box.y);
}

/** Pixels from one position to another; without end where there is none. */
export function distance(one: RegionPoint | undefined, other: RegionPoint): number {
  return one === undefined ? Infinity : Math.hypot(other[0] - one[0], other[1] - one[1]);
}

/** The viewport in which the pixels of `box` are counted from its own corner. */
export function inBox({ scale, left, top }: Viewport, box: Box): Viewport {
  return { scale, left: left + box.x * scale, top: top + box.y * scale };
}

/** The smallest box around both; null is no box. */
export function joined(one: Box | null, other: Box | null): Box | null {
  if (one === null || other === null) return one ?? other;
  const [x, y] = [Math.min(one.x, other.x), Math.min(one.y, other.y)];
  const right = Math.max(one.x + one.width, other.x + other.width);
  const bottom = Math.max(one.y + one.height, other.y + other.height);
  return { x, y, width: right - x, height: bottom - y };
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

/** Scales to look closer, whole numbers, so that every pixel stays one even square. */
export const CLOSER: readonly number[] = [1, 2, 3, 4, 6, 8, 12, 16, 24];

/** How large an image can be in a pane: a whole number of CSS pixels a pixel where it is larger than itself. */
export function roomyScale(image: Size, pane: Size): number {
  const scale = Math.min(pane.width / image.width, pane.height / image.height);
  return scale < 1 ? scale : Math.floor(scale);
}

/** `at`, a point of the image, in the middle of the pane; where all of it fits, the image is. */
export function centred(image: Size, pane: Size, scale: number, at: ImagePoint): Viewport {
  const start = (room: number, length: number, middle: number) => {
    const rest = room - length * scale;
    if (rest >= 0) return Math.round(rest / 2);
    return Math.round(Math.min(0, Math.max(rest, room / 2 - middle * scale)));
  };
  return {
    scale,
    left: start(pane.width, image.width, at[0]),
    top: start(pane.height, image.height, at[1]),
  };
}
