/** A label map under work. It changes only through deltas, which know their inverse. */

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

  /** `pixels` row-major class ids; `inside` is 1 where the region is, null where it is the whole box. */
  constructor(width: number, height: number, pixels: Uint8Array, inside: Uint8Array | null) {
    this.width = width;
    this.height = height;
    this.#pixels = pixels.slice();
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

/** The delta that gives `value` to `indices`, without the pixels that have it already. */
export function painting(document: LabelDocument, indices: Iterable<number>, value: number): Delta {
  const changed = Uint32Array.from([...indices].filter((index) => document.pixels[index] !== value));
  const before = Uint8Array.from(changed, (index) => document.pixels[index] ?? 0);
  return { indices: changed, before, after: new Uint8Array(changed.length).fill(value) };
}

export function inverse(delta: Delta): Delta {
  return { indices: delta.indices, before: delta.after, after: delta.before };
}
