/** The colours of what the inspector shows, an image pixel for a pixel; what is dropped lets the hatch below through. */

import { IGNORE_INDEX, rgb } from "../domain/classes";
import type { Box, Size, Viewport } from "../domain/geometry";
import { rectangle } from "../domain/outline";
import { verdictAt, type Inspected } from "../domain/pseudo-labels";
import { strokeAround } from "./region";
import { cleared } from "./surface";

/** Of a class where it is dropped, or its answer left out: over the hatch. */
const FAINT = 0.22;
const HALF = 0.5;
/** Where people have spoken the teacher's class is paled: mixed with white. */
const PALED = 0.35;
export const KEPT = "#c4c4c4";
/** Void has no colour of its own: a checkerboard, as where regions are split. */
const GREYS = ["#101010", "#f0f0f0"] as const;
export const HATCH = ["#3a3a3a", "#6e6e6e"] as const;
const STRIPE = 3; // CSS px

/** Red, green, blue and opacity of each pixel, as canvases have them. */
export type Rgba = Uint32Array<ArrayBuffer>;

/** The teacher's classes: kept in full, dropped over the hatch, paled where people have spoken. */
export function teacherPixels(inspected: Inspected, level: number, colors: readonly string[]): Rgba {
  const [full, faint, paled] = [palette(colors, 1), palette(colors, FAINT), palette(colors.map(whitened), 1)];
  return colored(inspected, (index) => {
    const classId = inspected.prediction[index] ?? 0;
    switch (verdictAt(inspected, index, level)) {
      case "kept":
        return full[classId];
      case "dropped":
        return faint[classId];
      case "answered":
      case "void":
      case "sieved":
        return paled[classId];
    }
  });
}

/** Why: kept is grey, dropped the bare hatch, and people's answers have their classes' colours. */
export function whyPixels(inspected: Inspected, level: number, colors: readonly string[]): Rgba {
  const { width, said } = inspected;
  const [full, half] = [palette(colors, 1), palette(colors, HALF)];
  const kept = packed(KEPT, 1);
  const checkers = [packed(GREYS[0], 1), packed(GREYS[1], 1)];
  return colored(inspected, (index) => {
    const answer = said?.labels[index] ?? IGNORE_INDEX;
    switch (verdictAt(inspected, index, level)) {
      case "kept":
        return kept;
      case "dropped":
        return 0;
      case "answered":
        return full[answer];
      case "sieved":
        return half[answer];
      case "void":
        return checkers[((index % width) + Math.floor(index / width)) % 2];
    }
  });
}

function colored({ width, height }: Size, colorAt: (index: number) => number | undefined): Rgba {
  const rgba = new Uint32Array(width * height);
  for (let index = 0; index < rgba.length; index += 1) rgba[index] = colorAt(index) ?? 0;
  return rgba;
}

function palette(colors: readonly string[], opacity: number): Rgba {
  return Uint32Array.from(colors, (color) => packed(color, opacity));
}

function whitened(color: string): string {
  const mixed = rgb(color).map((value) => Math.round(PALED * value + (1 - PALED) * 255));
  return `#${mixed.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}

function packed(color: string, opacity: number): number {
  const [red, green, blue] = rgb(color);
  return ((Math.round(opacity * 255) << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

/** The same as a picture, to be drawn. */
export function pictureOf(rgba: Rgba, { width, height }: Size): OffscreenCanvas {
  const canvas = new OffscreenCanvas(width, height);
  canvas
    .getContext("2d")
    ?.putImageData(new ImageData(new Uint8ClampedArray(rgba.buffer), width, height), 0, 0);
  return canvas;
}

export interface Layer {
  readonly pane: Size;
  readonly viewport: Viewport;
  /** Of the image, whatever the picture has. */
  readonly size: Size;
  readonly picture: CanvasImageSource | null;
  /** A photograph, which may be smoothed where it is made smaller; a map never is. */
  readonly isPhoto: boolean;
  /** The pixel that is pointed at. */
  readonly marked: Box | null;
}

export function drawLayer(canvas: HTMLCanvasElement, layer: Layer): void {
  const context = cleared(canvas, layer.pane);
  if (context === null || layer.picture === null) return;
  const { scale, left, top } = layer.viewport;
  const [width, height] = [layer.size.width * scale, layer.size.height * scale];
  if (!layer.isPhoto) fillHatched(context, left, top, width, height);
  context.imageSmoothingEnabled = layer.isPhoto && scale < 1;
  context.imageSmoothingQuality = "high";
  context.drawImage(layer.picture, left, top, width, height);
  if (layer.marked !== null) {
    const { x, y, width: columns, height: rows } = layer.marked;
    const inBox = { scale: 1, left: left + x * scale, top: top + y * scale };
    strokeAround(context, [rectangle(Math.max(3, columns * scale), Math.max(3, rows * scale))], inBox, 1.5);
  }
}

/** Stripes of the screen, not of the image: they stay the same however large a pixel is. */
function fillHatched(
  context: CanvasRenderingContext2D,
  left: number,
  top: number,
  width: number,
  height: number,
): void {
  context.save();
  context.beginPath();
  context.rect(left, top, width, height);
  context.clip();
  context.fillStyle = HATCH[0];
  context.fillRect(left, top, width, height);
  context.strokeStyle = HATCH[1];
  context.lineWidth = STRIPE / Math.SQRT2;
  context.beginPath();
  for (let along = -height; along < width; along += 2 * STRIPE) {
    context.moveTo(left + along, top + height);
    context.lineTo(left + along + height, top);
  }
  context.stroke();
  context.restore();
}
