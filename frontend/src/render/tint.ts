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

export class TintPixels {
  /** Red, green, blue and opacity of each pixel, as canvases have them. */
  readonly rgba: Uint32Array<ArrayBuffer>;
  readonly #document: LabelDocument;
  readonly #hasBorders: boolean;
  readonly #palettes: readonly [Uint32Array, Uint32Array];
  /** The class ids that `rgba` shows; null before the first. */
  #shown: Uint8Array | null = null;

  /** `hasBorders`: where parts meet the pixel is white, which is for pixels too small to draw lines between. */
  constructor(document: LabelDocument, colors: readonly string[], hasBorders: boolean) {
    this.rgba = new Uint32Array(document.width * document.height);
    this.#document = document;
    this.#hasBorders = hasBorders;
    this.#palettes = [paletteOf(colors, GREYS[0]), paletteOf(colors, GREYS[1])];
  }

  /** Follow the document; the box that has changed since the last time, null for nothing. */
  update(): Box | null {
    const box = this.#changed();
    if (box !== null) this.#color(box);
    return box;
  }

  #changed(): Box | null {
    const { width, height, pixels } = this.#document;
    const shown = this.#shown;
    if (shown === null) {
      this.#shown = pixels.slice();
      return { x: 0, y: 0, width, height };
    }
    let [left, top, right, bottom] = [width, height, -1, -1];
    for (let y = 0, index = 0; y < height; y += 1) {
      for (let x = 0; x < width; x += 1, index += 1) {
        const value = pixels[index] ?? 0;
        if (shown[index] === value) continue;
        shown[index] = value;
        if (x < left) left = x;
        if (x > right) right = x;
        if (y < top) top = y;
        bottom = y;
      }
    }
    if (bottom < 0) return null;
    // Whether a pixel is a border hangs on its left and upper neighbours.
    const [endX, endY] = [Math.min(width, right + 2), Math.min(height, bottom + 2)];
    return { x: left, y: top, width: endX - left, height: endY - top };
  }

  #color(box: Box): void {
    const { rgba } = this;
    const document = this.#document;
    const { width, pixels } = document;
    for (let y = box.y; y < box.y + box.height; y += 1) {
      for (let x = box.x; x < box.x + box.width; x += 1) {
        if (!document.has(x, y)) continue;
        const index = y * width + x;
        const value = pixels[index] ?? 0;
        const isBorder =
          this.#hasBorders &&
          ((pixels[index - 1] !== value && document.has(x - 1, y)) ||
            (pixels[index - width] !== value && document.has(x, y - 1)));
        rgba[index] = isBorder ? BORDER : (this.#palettes[(x + y) % 2 === 0 ? 0 : 1][value] ?? 0);
      }
    }
  }
}

/** The same as a picture, to be drawn. */
export class Tint {
  readonly hasBorders: boolean;
  readonly #pixels: TintPixels;
  readonly #data: ImageData;
  readonly #canvas: OffscreenCanvas;

  constructor(document: LabelDocument, colors: readonly string[], hasBorders: boolean) {
    const { width, height } = document;
    this.hasBorders = hasBorders;
    this.#pixels = new TintPixels(document, colors, hasBorders);
    this.#data = new ImageData(new Uint8ClampedArray(this.#pixels.rgba.buffer), width, height);
    this.#canvas = new OffscreenCanvas(width, height);
  }

  /** As the document is now. */
  picture(): OffscreenCanvas {
    const box = this.#pixels.update();
    if (box !== null) {
      const context = this.#canvas.getContext("2d");
      context?.putImageData(this.#data, 0, 0, box.x, box.y, box.width, box.height);
    }
    return this.#canvas;
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
