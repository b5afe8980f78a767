import type { Size } from "../domain/geometry";

/** A cleared canvas of `size` CSS pixels, sharp on the screen at hand; null where there is nothing to draw on yet. */
export function cleared(canvas: HTMLCanvasElement, size: Size): CanvasRenderingContext2D | null {
  const density = globalThis.devicePixelRatio;
  const [width, height] = [Math.round(size.width * density), Math.round(size.height * density)];
  const context = canvas.getContext("2d");
  if (context === null || width === 0 || height === 0) return null;
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  context.setTransform(density, 0, 0, density, 0, 0);
  context.clearRect(0, 0, size.width, size.height);
  return context;
}

/** A line of two strokes, light in dark, that can be seen on anything and tints nothing. */
export function strokeTwice(context: CanvasRenderingContext2D, path: Path2D): void {
  context.lineJoin = "miter";
  context.strokeStyle = "rgb(0 0 0 / 75%)";
  context.lineWidth = 3;
  context.stroke(path);
  context.strokeStyle = "#fff";
  context.lineWidth = 1;
  context.stroke(path);
}
