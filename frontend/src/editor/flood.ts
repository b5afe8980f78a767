import type { RegionPoint } from "../domain/geometry";
import type { LabelDocument } from "./document";

/** The pixels of the region that are connected, by their sides, with the one at `at` and have its class. */
export function flooded(document: LabelDocument, [x, y]: RegionPoint, seen = seenOf(document)): Uint32Array {
  const { width, height, pixels } = document;
  const [column, row] = [Math.floor(x), Math.floor(y)];
  const start = row * width + column;
  if (!document.has(column, row) || seen[start] === 1) return new Uint32Array(0);
  const value = pixels[start];
  const found = [start];
  seen[start] = 1;
  const look = (index: number) => {
    if (seen[index] === 1 || pixels[index] !== value) return;
    seen[index] = 1;
    found.push(index);
  };
  for (let next = 0; next < found.length; next += 1) {
    const at = found[next] ?? 0;
    const here = at % width;
    if (here > 0) look(at - 1);
    if (here < width - 1) look(at + 1);
    if (at >= width) look(at - width);
    if (at < width * (height - 1)) look(at + width);
  }
  return Uint32Array.from(found);
}

/** 1 where there is nothing to flood: outside of the region; and, later, where it was. */
export function seenOf({ width, height, inside }: LabelDocument): Uint8Array {
  return inside === null ? new Uint8Array(width * height) : inside.map((one) => 1 - one);
}
