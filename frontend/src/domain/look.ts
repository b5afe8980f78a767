/** Where somebody looks in a pane: at home, or somewhere else since they have zoomed or moved. */

import { screenPoint, type ScreenPoint, type Size, type Viewport } from "./geometry";
import { kept, nearestScale, panned, scaled, stepped } from "./view";

const STEP = 48; // CSS px that a key moves the view

export class Look {
  #home: Viewport = { scale: 1, left: 0, top: 0 };
  #image: Size = { width: 1, height: 1 };
  #pane: Size = { width: 0, height: 0 };
  #moved: Viewport | null = null;
  /** The scale that fingers ask for, between those that there are. */
  #asked = 0;
  readonly #listeners = new Set<() => void>();

  get viewport(): Viewport {
    return this.#moved ?? this.#home;
  }

  get pane(): Size {
    return this.#pane;
  }

  get isMoved(): boolean {
    return this.#moved !== null;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** What the pane shows as long as nobody looks elsewhere. */
  place(home: Viewport, image: Size, pane: Size): void {
    this.#home = home;
    this.#image = image;
    this.#pane = pane;
  }

  /** Closer (+1) or farther (-1); what is under `at` stays, without it the middle. */
  step(by: 1 | -1, at = this.#middle): void {
    this.#go(stepped(this.viewport, at, by));
  }

  pan(dx: number, dy: number): void {
    this.#go(panned(this.viewport, dx, dy));
  }

  /** Look further to the right (dx = 1) and down (dy = 1), by a key's step. */
  shift(dx: number, dy: number): void {
    this.pan(-dx * STEP, -dy * STEP);
  }

  pinch(before: ScreenPoint, now: ScreenPoint, factor: number): void {
    const { viewport } = this;
    const isNew = this.#asked === 0 || nearestScale(this.#asked) !== nearestScale(viewport.scale);
    this.#asked = (isNew ? viewport.scale : this.#asked) * factor;
    const moved = panned(viewport, now[0] - before[0], now[1] - before[1]);
    const wanted = nearestScale(this.#asked);
    this.#go(wanted === nearestScale(viewport.scale) ? moved : scaled(moved, now, wanted));
  }

  reset(): void {
    this.#moved = null;
    this.#asked = 0;
    this.#changed();
  }

  get #middle(): ScreenPoint {
    return screenPoint(this.#pane.width / 2, this.#pane.height / 2);
  }

  #go(viewport: Viewport): void {
    this.#moved = kept(viewport, this.#image, this.#pane);
    this.#changed();
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}
