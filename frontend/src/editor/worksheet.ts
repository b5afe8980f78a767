/** What the tools work on: a document with its history, and the paint that was chosen. */

import { filling, inverse, painting, since, type LabelDocument, type Paint } from "./document";
import { History } from "./history";
import type { Span } from "./raster";
import type { Stage } from "./tool";

export class Worksheet implements Stage {
  readonly document: LabelDocument;
  readonly history = new History();
  classId: number;
  size: number;
  reach = 1;
  readonly #start: Uint8Array;
  /** The pixels as they were when the step at work began. */
  #mark: Uint8Array | null = null;

  constructor(document: LabelDocument, classId: number, size: number) {
    this.document = document;
    this.classId = classId;
    this.size = size;
    this.#start = document.pixels.slice();
  }

  /** Whether a step has begun and not ended. */
  get isOpen(): boolean {
    return this.#mark !== null;
  }

  get isChanged(): boolean {
    return this.document.pixels.some((value, index) => value !== this.#start[index]);
  }

  readonly base: Paint = (index) => this.#start[index] ?? 0;

  begin(): void {
    this.#mark = this.document.pixels.slice();
  }

  paint(spans: Iterable<Span>, paint: Paint): void {
    this.document.apply(painting(this.document, spans, paint));
  }

  fill(indices: Uint32Array, paint: Paint): void {
    this.document.apply(filling(this.document, indices, paint));
  }

  commit(): void {
    if (this.#mark !== null) this.history.push(since(this.document, this.#mark));
    this.#mark = null;
  }

  revert(): void {
    if (this.#mark !== null) this.document.apply(inverse(since(this.document, this.#mark)));
    this.#mark = null;
  }

  undo(): void {
    const delta = this.history.undo();
    if (delta !== undefined) this.document.apply(delta);
  }

  redo(): void {
    const delta = this.history.redo();
    if (delta !== undefined) this.document.apply(delta);
  }
}
