import type { Size } from "../domain/geometry";

export interface Surface {
  readonly context: CanvasRenderingContext2D;
  /** Whether it is new, or has another size than before: then nothing of what was on it is left. */
  readonly isFresh: boolean;
}

/** A canvas of `size` CSS pixels, sharp on the screen at hand; null where there is nothing to draw on yet. */
export function prepared(canvas: HTMLCanvasElement, size: Size): Surface | null {
  const density = globalThis.devicePixelRatio;
  const [width, height] = [Math.round(size.width * density), Math.round(size.height * density)];
  const context = canvas.getContext("2d");
  if (context === null || width === 0 || height === 0) return null;
  const isFresh = canvas.width !== width || canvas.height !== height;
  if (isFresh) {
    canvas.width = width;
    canvas.height = height;
  }
  context.setTransform(density, 0, 0, density, 0, 0);
  return { context, isFresh };
}

/** The same, with nothing on it. */
export function cleared(canvas: HTMLCanvasElement, size: Size): CanvasRenderingContext2D | null {
  const surface = prepared(canvas, size);
  surface?.context.clearRect(0, 0, size.width, size.height);
  return surface?.context ?? null;
}

/** A line of two strokes, light in dark, that can be seen on anything and tints nothing. */
export function strokeTwice(context: CanvasRenderingContext2D, path: Path2D, width = 1): void {
  context.lineJoin = "miter";
  context.strokeStyle = "rgb(0 0 0 / 75%)";
  context.lineWidth = width + 2;
  context.stroke(path);
  context.strokeStyle = "#fff";
  context.lineWidth = width;
  context.stroke(path);
}
