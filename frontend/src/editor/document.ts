/** A label map under work. It changes only through deltas, which know their inverse, and remembers where it changed. */

import type { Box } from "../domain/geometry";
import { joined } from "../domain/geometry";
import { masked } from "../domain/region";
import type { Span } from "./raster";

/** Pixels given new class ids. `indices` are row-major in the document, each at most once. */
export interface Delta {
  readonly indices: Uint32Array;
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

interface Dirty {
  box: Box | null;
}

/** The class id that a pixel is given. */
export type Paint = (index: number) => number;

export class LabelDocument {
  readonly width: number;
  readonly height: number;
  /** 1 where the region is; null: all of the box. */
  readonly inside: Uint8Array | null;
  readonly #pixels: Uint8Array;
  readonly #followers: Dirty[] = [];

  /**
   * `pixels` row-major class ids; `inside` is 1 where the region is, null where it is the whole box. What is not inside
   * is void, whatever `pixels` says of it.
   */
  constructor(width: number, height: number, pixels: Uint8Array, inside: Uint8Array | null) {
    this.width = width;
    this.height = height;
    this.inside = inside;
    this.#pixels = masked(pixels, inside);
  }

  /** The class ids as they are now; a view, not to be written. */
  get pixels(): Readonly<Uint8Array> {
    return this.#pixels;
  }

  /** Whether column `x`, row `y` belongs to the region. */
  has(x: number, y: number): boolean {
    if (x < 0 || y < 0 || x >= this.width || y >= this.height) return false;
    return this.inside === null || this.inside[y * this.width + x] === 1;
  }

  apply({ indices, after }: Delta): void {
    if (indices.length === 0) return;
    const { width } = this;
    let [left, top, right, bottom] = [width, this.height, 0, 0];
    for (let nth = 0; nth < indices.length; nth += 1) {
      const index = indices[nth] ?? 0;
      this.#pixels[index] = after[nth] ?? 0;
      const x = index % width;
      const y = (index - x) / width;
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < top) top = y;
      if (y > bottom) bottom = y;
    }
    const box = { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
    for (const follower of this.#followers) follower.box = joined(follower.box, box);
  }

  /** What gives, each time it is called, the box that has changed since the last time; at first that is all of it. */
  follow(): () => Box | null {
    const dirty: Dirty = { box: { x: 0, y: 0, width: this.width, height: this.height } };
    this.#followers.push(dirty);
    return () => {
      const { box } = dirty;
      dirty.box = null;
      return box;
    };
  }
}

/** The delta that paints the region's pixels under `spans`, without those that are so already. */
export function painting(document: LabelDocument, spans: Iterable<Span>, paint: Paint): Delta {
  const { pixels, inside, width, height } = document;
  const changed: number[] = [];
  for (const { x, y, length } of spans) {
    if (y < 0 || y >= height) continue;
    const end = y * width + Math.min(width, x + length);
    for (let index = y * width + Math.max(0, x); index < end; index += 1) {
      if (inside?.[index] !== 0 && pixels[index] !== paint(index)) changed.push(index);
    }
  }
  return changing(document, changed, paint);
}

/** The delta that paints some of the region's pixels, without those that are so already. */
export function filling(document: LabelDocument, indices: Uint32Array, paint: Paint): Delta {
  const { pixels, inside } = document;
  const changed = indices.filter((index) => inside?.[index] !== 0 && pixels[index] !== paint(index));
  return changing(document, changed, paint);
}

function changing({ pixels }: LabelDocument, changed: ArrayLike<number>, paint: Paint): Delta {
  const indices = Uint32Array.from(changed);
  return {
    indices,
    before: Uint8Array.from(indices, (index) => pixels[index] ?? 0),
    after: Uint8Array.from(indices, paint),
  };
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
