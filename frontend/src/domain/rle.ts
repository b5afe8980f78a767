/**
 * Run-length code of a label map, the twin of backend/domain/rle.py: the pixels row by row as `VALUExLENGTH` runs
 * joined by one space. There is exactly one text for each label map. Both pass tests/fixtures/rle_vectors.json.
 */

const RUN = /^(0|[1-9]\d{0,2})x([1-9]\d{0,8})$/;

export class MalformedLabelMap extends Error {
  override name = "MalformedLabelMap";
}

/** The text of class ids (0…255), at least one pixel. */
export function encode(pixels: Uint8Array): string {
  const runs: string[] = [];
  let start = 0;
  for (let index = 1; index <= pixels.length; index += 1) {
    if (index < pixels.length && pixels[index] === pixels[start]) continue;
    runs.push(`${pixels[start] ?? 0}x${index - start}`);
    start = index;
  }
  return runs.join(" ");
}

/** The class ids that `text` stands for; throws `MalformedLabelMap` where it is not the format or not `size` pixels. */
export function decode(text: string, size: number): Uint8Array {
  const pixels = new Uint8Array(size);
  let filled = 0;
  let previous = -1;
  for (const run of text.split(" ")) {
    const [, digits, count] = RUN.exec(run) ?? [];
    const value = Number(digits);
    const length = Number(count);
    if (!(value <= 255 && length > 0) || value === previous || filled + length > size) {
      throw new MalformedLabelMap(
        `Run ${JSON.stringify(run.slice(0, 20))} does not fit a map of ${size} pixels.`,
      );
    }
    pixels.fill(value, filled, filled + length);
    filled += length;
    previous = value;
  }
  if (filled !== size) throw new MalformedLabelMap(`The runs fill ${filled} of ${size} pixels.`);
  return pixels;
}
