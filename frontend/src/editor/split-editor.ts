/**
 * The editor of a region that is split among classes. It has no DOM: a pointer's positions come in, in pixels of the
 * region's box; a label map goes out. A stroke begins at a mark, is extended, and ends as one delta, or is cancelled
 * back to its mark.
 */

import { encode } from "../domain/rle";
import { footprint, resized, way } from "./brush";
import { LabelDocument, painting, type Delta } from "./document";
import { History } from "./history";

interface Stroke {
  readonly before: Map<number, number>;
  at: readonly [number, number];
}

export interface SplitStart {
  readonly width: number;
  readonly height: number;
  /** Class ids, row-major; where the work begins. */
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
  #size = 3;
  #version = 0;

  constructor(start: SplitStart) {
    this.document = new LabelDocument(start.width, start.height, start.pixels, start.inside);
    this.#classId = start.classId;
    this.#start = encode(start.pixels);
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

  /** Counts changes, so that a screen knows when to draw. */
  get version(): number {
    return this.#version;
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
    this.#size = resized(this.#size, by);
    this.#changed();
  }

  /** Set the brush down at a position in pixels of the box. */
  begin(x: number, y: number): void {
    this.#stroke = { before: new Map(), at: [x, y] };
    this.extend(x, y);
  }

  /** Draw on to a position; nothing where no stroke has begun. */
  extend(x: number, y: number): void {
    const stroke = this.#stroke;
    if (stroke === null) return;
    const touched = new Set<number>();
    for (const [px, py] of way(stroke.at, [x, y])) {
      for (const span of footprint(px, py, this.#size)) {
        for (let column = span.x; column < span.x + span.length; column += 1) {
          if (this.document.has(column, span.y)) touched.add(span.y * this.document.width + column);
        }
      }
    }
    const delta = painting(this.document, touched, this.#classId);
    delta.indices.forEach((index, nth) => {
      if (!stroke.before.has(index)) stroke.before.set(index, delta.before[nth] ?? 0);
    });
    stroke.at = [x, y];
    this.document.apply(delta);
    this.#changed();
  }

  /** Lift the brush: the stroke becomes one step of the history. */
  end(): void {
    const stroke = this.#stroke;
    if (stroke === null) return;
    this.#history.push(this.#deltaOf(stroke));
    this.#stroke = null;
    this.#changed();
  }

  /** Give a stroke up that has not ended. */
  cancel(): void {
    const stroke = this.#stroke;
    if (stroke === null) return;
    const { indices, before, after } = this.#deltaOf(stroke);
    this.document.apply({ indices, before: after, after: before });
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

  #deltaOf(stroke: Stroke): Delta {
    const indices = Uint32Array.from(stroke.before.keys());
    return {
      indices,
      before: Uint8Array.from(stroke.before.values()),
      after: Uint8Array.from(indices, (index) => this.document.pixels[index] ?? 0),
    };
  }

  #apply(delta: Delta | undefined): void {
    if (delta === undefined) return;
    this.document.apply(delta);
    this.#changed();
  }

  #changed(): void {
    this.#version += 1;
    for (const listener of this.#listeners) listener();
  }
}
