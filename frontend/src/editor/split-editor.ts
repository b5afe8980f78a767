/**
 * The editor of a region that is split among classes. It has no DOM: a pointer's positions come in, in pixels of the
 * region's box; a label map goes out. A stroke begins at a mark, is extended, and ends as one delta, or is cancelled
 * back to its mark.
 */

import { encode } from "../domain/rle";
import { firstSize, footprint, resized, way } from "./brush";
import { inverse, LabelDocument, painting, since, type Delta } from "./document";
import { History } from "./history";

interface Stroke {
  /** The pixels as they were when it began. */
  readonly mark: Uint8Array;
  at: readonly [number, number];
}

export interface SplitStart {
  readonly width: number;
  readonly height: number;
  /** Class ids, row-major; where the work begins. What is outside of the region becomes void. */
  readonly pixels: Uint8Array;
  /** 1 inside the region; null: the whole box. */
  readonly inside: Uint8Array | null;
  /** The class that the brush paints first. */
  readonly classId: number;
}

export class SplitEditor {
  readonly document: LabelDocument;
  readonly #history = new History();
  readonly #start: string;
  readonly #listeners = new Set<() => void>();
  #stroke: Stroke | null = null;
  #classId: number;
  #size: number;

  constructor(start: SplitStart) {
    this.document = new LabelDocument(start.width, start.height, start.pixels, start.inside);
    this.#classId = start.classId;
    this.#size = firstSize(this.#long);
    this.#start = this.toRle();
  }

  get classId(): number {
    return this.#classId;
  }

  get size(): number {
    return this.#size;
  }

  get isDrawing(): boolean {
    return this.#stroke !== null;
  }

  get canUndo(): boolean {
    return this.#history.canUndo;
  }

  get canRedo(): boolean {
    return this.#history.canRedo;
  }

  /** Whether the map differs from the one that the work began with. */
  get isChanged(): boolean {
    return this.toRle() !== this.#start;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Choose the class to paint; 255 paints void. */
  pick(classId: number): void {
    this.#classId = classId;
    this.#changed();
  }

  resize(by: 1 | -1): void {
    this.#size = resized(this.#size, by, this.#long);
    this.#changed();
  }

  /** Set the brush down at a position in pixels of the box. */
  begin(x: number, y: number): void {
    this.#stroke = { mark: this.document.pixels.slice(), at: [x, y] };
    this.extend(x, y);
  }

  /** Draw on to a position; nothing where no stroke has begun. */
  extend(x: number, y: number): void {
    const stroke = this.#stroke;
    if (stroke === null) return;
    for (const [px, py] of way(stroke.at, [x, y], this.#size)) {
      const under = footprint(px, py, this.#size);
      this.document.apply(painting(this.document, under, this.#classId));
    }
    stroke.at = [x, y];
    this.#changed();
  }

  /** Lift the brush: the stroke becomes one step of the history. */
  end(): void {
    const stroke = this.#stroke;
    if (stroke === null) return;
    this.#history.push(since(this.document, stroke.mark));
    this.#stroke = null;
    this.#changed();
  }

  /** Give a stroke up that has not ended. */
  cancel(): void {
    const stroke = this.#stroke;
    if (stroke === null) return;
    this.document.apply(inverse(since(this.document, stroke.mark)));
    this.#stroke = null;
    this.#changed();
  }

  undo(): void {
    this.#apply(this.#stroke === null ? this.#history.undo() : undefined);
  }

  redo(): void {
    this.#apply(this.#stroke === null ? this.#history.redo() : undefined);
  }

  /** The label map as it travels. */
  toRle(): string {
    return encode(this.document.pixels);
  }

  get #long(): number {
    return Math.max(this.document.width, this.document.height);
  }

  #apply(delta: Delta | undefined): void {
    if (delta === undefined) return;
    this.document.apply(delta);
    this.#changed();
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}
