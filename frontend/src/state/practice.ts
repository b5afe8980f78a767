/** A practice round: regions whose truth is known, one after the other. It stays in this tab; nothing is sent. */

import type { LeasedQuery, PracticeItem } from "../api/types";
import { judged, type Given, type Judged, type Truth } from "../domain/practice";
import { decode } from "../domain/rle";
import type { Said } from "./desk-state";
import { ImageShelf } from "./image-shelf";

/** The crops of so many regions are there before they are needed. */
const AHEAD = 5;

export interface Answered extends Judged {
  readonly query: LeasedQuery;
  readonly said: Said;
  readonly given: Given;
}

export interface PracticeState {
  /** The region at hand; null: that was the last one. */
  readonly current: PracticeItem | null;
  /** What became of it, once it is answered; until one goes on. */
  readonly shown: Answered | null;
  readonly done: readonly Answered[];
  readonly size: number;
}

export class Practice {
  readonly images = new ImageShelf();
  readonly #items: readonly PracticeItem[];
  readonly #listeners = new Set<() => void>();
  #state: PracticeState;

  constructor(items: readonly PracticeItem[]) {
    this.#items = items;
    this.#state = { current: items[0] ?? null, shown: null, done: [], size: items.length };
    this.#wantImages(0);
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly getState = (): PracticeState => this.#state;

  answer(said: Said): void {
    const { current, shown, done } = this.#state;
    if (current === null || shown !== null) return;
    const { query } = current;
    const size = query.box.width * query.box.height;
    const truth = truthOf(current, size);
    const given = givenOf(said, size);
    const answered = { query, said, given, truth, verdict: judged(truth, given) };
    this.#show({ ...this.#state, shown: answered, done: [...done, answered] });
  }

  /** From what was shown of the last region to the next. */
  goOn(): void {
    const { shown, done } = this.#state;
    if (shown === null) return;
    this.#wantImages(done.length);
    this.#show({ ...this.#state, current: this.#items[done.length] ?? null, shown: null });
  }

  // Nothing is left for later, taken back or kept here: these have no keys in practice.
  skip(): void {}
  back(): void {}
  keepDraft(): void {}

  #wantImages(from: number): void {
    const near = this.#items.slice(from, from + AHEAD);
    this.images.want(near.flatMap(({ query }) => [query.close_up_url, query.context_url]));
  }

  #show(state: PracticeState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

function truthOf({ truth }: PracticeItem, size: number): Truth {
  return { pixels: decode(truth.label_map.data, size), dominant: truth.dominant_class };
}

function givenOf({ class_id, label_map }: Said, size: number): Given {
  if (typeof class_id === "number") return { classId: class_id };
  return label_map == null ? null : { pixels: decode(label_map.data, size) };
}
