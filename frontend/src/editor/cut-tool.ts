import { distance, type RegionPoint } from "../domain/geometry";
import { way } from "./brush";
import { flooded, seenOf } from "./flood";
import { isRightOf } from "./raster";
import type { Gesture, Preview, Stage, Tool } from "./tool";

type State =
  | { readonly at: "idle" }
  | { readonly at: "aiming" | "anchored"; readonly from: RegionPoint; readonly to: RegionPoint };

/**
 * idle ─down→ aiming ─up far away→ idle, or ─up at once→ anchored ─down→ aiming: a drag, or two clicks. The parts that
 * the line crosses are cut along it, and what lies at its right (seen from its start) gets the chosen class.
 */
export class Cut implements Tool {
  readonly name = "cut";
  readonly isHeld = false;
  #state: State = { at: "idle" };

  get state(): string {
    return this.#state.at;
  }

  handle(gesture: Gesture, stage: Stage): void {
    const state = this.#state;
    switch (gesture.type) {
      case "down":
        this.#state = { at: "aiming", from: state.at === "idle" ? gesture.at : state.from, to: gesture.at };
        return;
      case "move":
        if (state.at !== "idle") this.#state = { ...state, to: gesture.at };
        return;
      case "up":
        if (state.at !== "aiming") return;
        if (distance(state.from, gesture.at) < stage.reach) {
          this.#state = { ...state, at: "anchored", to: gesture.at };
        } else {
          this.#cut(state.from, gesture.at, stage);
        }
        return;
      case "complete":
        if (state.at !== "idle") this.#cut(state.from, state.to, stage);
        return;
      case "back":
      case "cancel":
        this.#state = { at: "idle" };
        return;
    }
  }

  preview(): Preview | null {
    if (this.#state.at === "idle") return null;
    return { kind: "cut", from: this.#state.from, to: this.#state.to };
  }

  #cut(from: RegionPoint, to: RegionPoint, stage: Stage): void {
    this.#state = { at: "idle" };
    const { classId, document } = stage;
    const seen = seenOf(document);
    stage.begin();
    for (const at of way(from, to, 1)) {
      const right = flooded(document, at, seen).filter((index) =>
        isRightOf(from, to, index % document.width, Math.floor(index / document.width)),
      );
      stage.fill(right, () => classId);
    }
    stage.commit();
  }
}
