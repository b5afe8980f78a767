/** What was done and undone, as deltas. */

import { inverse, type Delta } from "./document";

export class History {
  readonly #done: Delta[] = [];
  readonly #undone: Delta[] = [];

  get canUndo(): boolean {
    return this.#done.length > 0;
  }

  get canRedo(): boolean {
    return this.#undone.length > 0;
  }

  /** Note a delta that was applied; it ends the chance to redo. */
  push(delta: Delta): void {
    if (delta.indices.length === 0) return;
    this.#done.push(delta);
    this.#undone.length = 0;
  }

  /** The delta to apply in order to undo, if there is something. */
  undo(): Delta | undefined {
    const delta = this.#done.pop();
    if (delta === undefined) return undefined;
    this.#undone.push(delta);
    return inverse(delta);
  }

  /** The delta to apply in order to redo, if there is something. */
  redo(): Delta | undefined {
    const delta = this.#undone.pop();
    if (delta !== undefined) this.#done.push(delta);
    return delta;
  }
}
