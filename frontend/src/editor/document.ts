/** A label map under work. It changes only through deltas, which know their inverse. */

import { masked } from "../domain/region";
import type { Span } from "./brush";

/** Pixels given new class ids. `indices` are row-major in the document, each at most once. */
export interface Delta {
  readonly indices: Uint32Array;
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

export class LabelDocument {
  readonly width: number;
  readonly height: number;
  readonly #pixels: Uint8Array;
  readonly #inside: Uint8Array | null;

  /**
   * `pixels` row-major class ids; `inside` is 1 where the region is, null where it is the whole box. What is not inside
   * is void, whatever `pixels` says of it.
   */
  constructor(width: number, height: number, pixels: Uint8Array, inside: Uint8Array | null) {
    this.width = width;
    this.height = height;
    this.#pixels = masked(pixels, inside);
    this.#inside = inside;
  }

  /** The class ids as they are now; a view, not to be written. */
  get pixels(): Readonly<Uint8Array> {
    return this.#pixels;
  }

  /** Whether column `x`, row `y` belongs to the region. */
  has(x: number, y: number): boolean {
    if (x < 0 || y < 0 || x >= this.width || y >= this.height) return false;
    return this.#inside === null || this.#inside[y * this.width + x] === 1;
  }

  apply(delta: Delta): void {
    delta.indices.forEach((index, nth) => (this.#pixels[index] = delta.after[nth] ?? 0));
  }
}

/** The delta that gives `value` to the region's pixels under `spans`, without those that have it already. */
export function painting(document: LabelDocument, spans: Iterable<Span>, value: number): Delta {
  const { pixels, width } = document;
  const changed: number[] = [];
  for (const { x, y, length } of spans) {
    for (let column = x; column < x + length; column += 1) {
      if (document.has(column, y) && pixels[y * width + column] !== value) changed.push(y * width + column);
    }
  }
  const before = Uint8Array.from(changed, (index) => pixels[index] ?? 0);
  return { indices: Uint32Array.from(changed), before, after: new Uint8Array(changed.length).fill(value) };
}

/** The delta to the document as it is from `mark`, a copy of its pixels as they were. */
export function since(document: LabelDocument, mark: Uint8Array): Delta {
  const { pixels } = document;
  const changed: number[] = [];
  for (let index = 0; index < mark.length; index += 1) {
    if (pixels[index] !== mark[index]) changed.push(index);
  }
  const indices = Uint32Array.from(changed);
  return {
    indices,
    before: Uint8Array.from(indices, (index) => mark[index] ?? 0),
    after: Uint8Array.from(indices, (index) => pixels[index] ?? 0),
  };
}

export function inverse(delta: Delta): Delta {
  return { indices: delta.indices, before: delta.after, after: delta.before };
}
