/**
 * From pointers to intentions: who draws, who pans, who pinches. A mouse draws with its first button and pans with its
 * second, or with the first while Space is held; a pen draws; one finger draws until a pen has been seen, and pans from
 * then on; two fingers pan and zoom, and take back what the first one has begun. It has no DOM.
 */

import { type ScreenPoint, screenPoint } from "../domain/geometry";

export interface PointerSign {
  readonly id: number;
  readonly kind: "mouse" | "pen" | "touch";
  /** 0 is the first, 1 the middle, 2 the right one. */
  readonly button: number;
  readonly at: ScreenPoint;
}

/** What pointers act on. */
export interface Ground {
  /** Whether there is something to draw on; else whatever would draw pans. */
  readonly draws: boolean;
  /** Whether Space is held. */
  readonly pans: boolean;
  draw(step: "down" | "move" | "up", at: ScreenPoint): void;
  cancel(): void;
  pan(dx: number, dy: number): void;
  /** Two fingers moved: what was between them, where it is now, and how much farther they are apart. */
  pinch(before: ScreenPoint, now: ScreenPoint, factor: number): void;
  /** The right button: the class under the pointer. */
  pick(at: ScreenPoint): void;
}

type State =
  | { readonly at: "idle" }
  | { readonly at: "drawing"; readonly id: number }
  | { readonly at: "panning"; readonly id: number; readonly last: ScreenPoint }
  | { readonly at: "pinching"; readonly fingers: ReadonlyMap<number, ScreenPoint> }
  /** Fingers that were lifted from a pinch one by one do nothing more. */
  | { readonly at: "spent" };

export class Pointers {
  #state: State = { at: "idle" };
  #penSeen = false;
  readonly #down = new Set<number>();
  readonly #fingers = new Map<number, ScreenPoint>();

  get state(): State["at"] {
    return this.#state.at;
  }

  down(sign: PointerSign, ground: Ground): void {
    this.#down.add(sign.id);
    if (sign.kind === "pen") this.#penSeen = true;
    if (sign.kind === "touch") this.#fingers.set(sign.id, sign.at);
    const isAtWork = this.#state.at === "drawing" && !this.#fingers.has(this.#state.id);
    if (this.#fingers.size === 2 && !isAtWork) {
      if (this.#state.at === "drawing") ground.cancel();
      this.#state = { at: "pinching", fingers: new Map(this.#fingers) };
      return;
    }
    if (this.#state.at !== "idle") return;
    if (sign.kind !== "touch" && sign.button === 2) {
      ground.pick(sign.at);
      return;
    }
    const isFinger = sign.kind === "touch" && this.#penSeen;
    if (sign.button === 1 || ground.pans || isFinger || !ground.draws) {
      this.#state = { at: "panning", id: sign.id, last: sign.at };
    } else {
      this.#state = { at: "drawing", id: sign.id };
      ground.draw("down", sign.at);
    }
  }

  move(sign: PointerSign, ground: Ground): void {
    if (this.#fingers.has(sign.id)) this.#fingers.set(sign.id, sign.at);
    const state = this.#state;
    switch (state.at) {
      case "idle":
        if (ground.draws) ground.draw("move", sign.at); // hovering
        return;
      case "drawing":
        if (sign.id === state.id) ground.draw("move", sign.at);
        return;
      case "panning":
        if (sign.id !== state.id) return;
        ground.pan(sign.at[0] - state.last[0], sign.at[1] - state.last[1]);
        this.#state = { ...state, last: sign.at };
        return;
      case "pinching":
        this.#pinch(state.fingers, sign, ground);
        return;
      case "spent":
        return;
    }
  }

  up(sign: PointerSign, ground: Ground): void {
    if (this.#state.at === "drawing" && this.#state.id === sign.id) ground.draw("up", sign.at);
    this.#lifted(sign);
  }

  /** The browser took the pointer away. */
  lost(sign: PointerSign, ground: Ground): void {
    if (this.#state.at === "drawing" && this.#state.id === sign.id) ground.cancel();
    this.#lifted(sign);
  }

  #lifted({ id }: PointerSign): void {
    this.#down.delete(id);
    this.#fingers.delete(id);
    const state = this.#state;
    const isOther = (state.at === "drawing" || state.at === "panning") && state.id !== id;
    if (!isOther) this.#state = { at: "spent" };
    if (this.#down.size === 0) this.#state = { at: "idle" };
  }

  #pinch(fingers: ReadonlyMap<number, ScreenPoint>, sign: PointerSign, ground: Ground): void {
    if (!fingers.has(sign.id)) return;
    const now = new Map(fingers).set(sign.id, sign.at);
    const [a, b] = [...fingers.values()];
    const [c, d] = [...now.values()];
    if (a === undefined || b === undefined || c === undefined || d === undefined) return;
    const apart = (one: ScreenPoint, other: ScreenPoint) =>
      Math.max(1, Math.hypot(one[0] - other[0], one[1] - other[1]));
    ground.pinch(middle(a, b), middle(c, d), apart(c, d) / apart(a, b));
    this.#state = { at: "pinching", fingers: now };
  }
}

function middle(one: ScreenPoint, other: ScreenPoint): ScreenPoint {
  return screenPoint((one[0] + other[0]) / 2, (one[1] + other[1]) / 2);
}
