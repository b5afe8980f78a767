/** Label maps as shapes, which are drawn small and many at a time. */

import { outline, type Line } from "./outline";

/** Pixels a side beyond which a map is thinned out: a thumbnail shows no more. */
const MOST = 256;

export interface Shape {
  readonly value: number;
  /** SVG path data in pixels of the map, to be filled by `evenodd`. */
  readonly path: string;
}

export function pathOf(lines: readonly Line[], scale = 1): string {
  return lines.map((line) => `M${line.map(([x, y]) => `${x * scale} ${y * scale}`).join("L")}Z`).join("");
}

/** A shape for each value of a map that is inside; by value. */
export function shapesOf(
  width: number,
  height: number,
  pixels: Uint8Array,
  inside: Uint8Array | null,
): readonly Shape[] {
  const step = Math.ceil(Math.max(width, height) / MOST);
  const [columns, rows] = [Math.ceil(width / step), Math.ceil(height / step)];
  const isInside = (index: number) => inside === null || inside[index] === 1;
  const source = Uint32Array.from(
    { length: columns * rows },
    (_, nth) => Math.floor(nth / columns) * step * width + (nth % columns) * step,
  );
  const values = [...new Set(Array.from(source.filter(isInside), (index) => pixels[index] ?? 0))];
  return values
    .sort((one, other) => one - other)
    .map((value) => {
      const there = Uint8Array.from(source, (index) => (isInside(index) && pixels[index] === value ? 1 : 0));
      return { value, path: pathOf(outline(columns, rows, there), step) };
    });
}
