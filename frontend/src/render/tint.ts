/**
 * The colours of a split's parts, an image pixel for a pixel of the region. Only what has changed since is coloured
 * anew: a stroke on a whole image costs what it touches.
 */

import { IGNORE_INDEX, rgb } from "../domain/classes";
import type { Box } from "../domain/geometry";
import type { LabelDocument } from "../editor/document";

const OPACITY = 0.4;
/** Void has no colour of its own: a checkerboard of two greys. */
const GREYS = ["#101010", "#f0f0f0"] as const;
const BORDER = colored("#ffffff", 0.85);

/** A label map as it is coloured; 1 of `inside` is in the region, null: all of it. */
export interface Mapped {
  readonly width: number;
  readonly height: number;
  readonly pixels: Readonly<Uint8Array>;
  readonly inside: Uint8Array | null;
}

export interface TintStyle {
  /** By class id, `#rrggbb`. */
  readonly colors: readonly string[];
  /** Where parts meet the pixel is white, which is for pixels too small to draw lines between. */
  readonly hasBorders: boolean;
}

/** Red, green, blue and opacity of each pixel, as canvases have them. */
export type Rgba = Uint32Array<ArrayBuffer>;

/** Colours that somebody else has made, and what has changed in the document since. */
export interface Ready {
  readonly rgba: Rgba;
  readonly since: () => Box | null;
}

/** Colour a box of `map` into `rgba`. */
export function tint(rgba: Rgba, map: Mapped, { colors, hasBorders }: TintStyle, box: Box): void {
  const { width, pixels, inside } = map;
  const palettes = [paletteOf(colors, GREYS[0]), paletteOf(colors, GREYS[1])] as const;
  const isPart = (index: number) => inside === null || inside[index] === 1;
  for (let y = box.y; y < box.y + box.height; y += 1) {
    for (let x = box.x; x < box.x + box.width; x += 1) {
      const index = y * width + x;
      if (!isPart(index)) continue;
      const value = pixels[index] ?? 0;
      const isBorder =
        hasBorders &&
        ((x > 0 && pixels[index - 1] !== value && isPart(index - 1)) ||
          (y > 0 && pixels[index - width] !== value && isPart(index - width)));
      rgba[index] = isBorder ? BORDER : (palettes[(x + y) % 2 === 0 ? 0 : 1][value] ?? 0);
    }
  }
}

/** A document's colours, which follow it. */
export class TintPixels {
  readonly rgba: Rgba;
  readonly style: TintStyle;
  readonly #document: LabelDocument;
  readonly #changed: () => Box | null;

  constructor(document: LabelDocument, style: TintStyle, ready?: Ready) {
    this.rgba = ready?.rgba ?? new Uint32Array(document.width * document.height);
    this.style = style;
    this.#document = document;
    this.#changed = ready?.since ?? document.follow();
  }

  /** Follow the document; the box that was coloured anew, null for nothing. */
  update(): Box | null {
    const changed = this.#changed();
    if (changed === null) return null;
    // Whether a pixel is a border hangs on its left and upper neighbours.
    const { width, height } = this.#document;
    const box = {
      x: changed.x,
      y: changed.y,
      width: Math.min(width - changed.x, changed.width + 1),
      height: Math.min(height - changed.y, changed.height + 1),
    };
    tint(this.rgba, this.#document, this.style, box);
    return box;
  }
}

/** The same as a picture, to be drawn. */
export class Tint {
  readonly pixels: TintPixels;
  readonly picture: OffscreenCanvas;
  readonly #data: ImageData;

  constructor(document: LabelDocument, style: TintStyle, ready?: Ready) {
    const { width, height } = document;
    this.pixels = new TintPixels(document, style, ready);
    this.#data = new ImageData(new Uint8ClampedArray(this.pixels.rgba.buffer), width, height);
    this.picture = new OffscreenCanvas(width, height);
    if (ready !== undefined) this.#put({ x: 0, y: 0, width, height });
  }

  /** Follow the document; the box that looks otherwise now, null for nothing. */
  update(): Box | null {
    const box = this.pixels.update();
    if (box !== null) this.#put(box);
    return box;
  }

  #put(box: Box): void {
    this.picture.getContext("2d")?.putImageData(this.#data, 0, 0, box.x, box.y, box.width, box.height);
  }
}

/** Colours by class id; what has none is `grey`. */
function paletteOf(colors: readonly string[], grey: string): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, classId) =>
    colored(classId === IGNORE_INDEX ? grey : (colors[classId] ?? grey), OPACITY),
  );
}

/** A colour as the four bytes that a canvas has in memory, red first: every browser's machine is little-endian. */
function colored(color: string, opacity: number): number {
  const [red, green, blue] = rgb(color);
  return ((Math.round(255 * opacity) << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}
