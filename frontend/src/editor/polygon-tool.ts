import { distance, type RegionPoint } from "../domain/geometry";
import { polygonSpans } from "./raster";
import type { Gesture, Preview, Stage, Tool } from "./tool";

type State =
  | { readonly at: "idle" }
  | { readonly at: "placing"; readonly corners: readonly RegionPoint[]; readonly isPressed: boolean };

/**
 * idle ─down→ placing ─near the first corner, twice in one place, or complete→ idle. Dragging draws freely. What is
 * enclosed gets the chosen class.
 */
export class Polygon implements Tool {
  readonly name = "polygon";
  readonly isHeld = false;
  #state: State = { at: "idle" };

  get state(): string {
    return this.#state.at;
  }

  handle(gesture: Gesture, stage: Stage): void {
    const state = this.#state;
    const corners = state.at === "placing" ? state.corners : [];
    switch (gesture.type) {
      case "down":
        if (this.#closes(corners, gesture.at, stage)) this.#close(corners, stage);
        else this.#state = { at: "placing", corners: [...corners, gesture.at], isPressed: true };
        return;
      case "move":
        if (state.at !== "placing" || !state.isPressed) return;
        if (distance(corners.at(-1), gesture.at) >= stage.reach) {
          this.#state = { ...state, corners: [...corners, gesture.at] };
        }
        return;
      case "up":
        if (state.at !== "placing") return;
        // A line drawn around something ends where it began: then it is closed at once.
        if (corners.length > 3 && distance(corners[0], gesture.at) < stage.reach) this.#close(corners, stage);
        else this.#state = { ...state, isPressed: false };
        return;
      case "complete":
        this.#close(corners, stage);
        return;
      case "back":
        this.#state =
          corners.length > 1
            ? { at: "placing", corners: corners.slice(0, -1), isPressed: false }
            : { at: "idle" };
        return;
      case "cancel":
        this.#state = { at: "idle" };
        return;
    }
  }

  preview(at: RegionPoint | null): Preview | null {
    if (this.#state.at === "idle") return null;
    const { corners } = this.#state;
    return { kind: "polygon", corners: at === null ? corners : [...corners, at] };
  }

  #closes(corners: readonly RegionPoint[], at: RegionPoint, stage: Stage): boolean {
    if (corners.length < 3) return false;
    return distance(corners[0], at) < stage.reach || distance(corners.at(-1), at) < stage.reach;
  }

  #close(corners: readonly RegionPoint[], stage: Stage): void {
    this.#state = { at: "idle" };
    if (corners.length < 3) return;
    const { classId } = stage;
    stage.begin();
    stage.paint(polygonSpans(corners), () => classId);
    stage.commit();
  }
}
