import type { RegionPoint } from "../domain/geometry";
import { footprint, way } from "./brush";
import type { Paint } from "./document";
import type { Gesture, Preview, Stage, Tool } from "./tool";

type State = { readonly at: "idle" } | { readonly at: "drawing"; readonly last: RegionPoint };

/** idle ─down→ drawing ─up→ idle. The brush paints the chosen class, the eraser what was there when the work began. */
export class Stroke implements Tool {
  readonly isHeld = true;
  readonly name: "brush" | "eraser";
  #state: State = { at: "idle" };

  constructor(name: "brush" | "eraser") {
    this.name = name;
  }

  get state(): string {
    return this.#state.at;
  }

  handle(gesture: Gesture, stage: Stage): void {
    switch (gesture.type) {
      case "down":
        if (this.#state.at === "drawing") return;
        stage.begin();
        this.#draw(gesture.at, gesture.at, stage);
        return;
      case "move":
        if (this.#state.at === "drawing") this.#draw(this.#state.last, gesture.at, stage);
        return;
      case "up":
      case "complete":
        if (this.#state.at === "drawing") stage.commit();
        this.#state = { at: "idle" };
        return;
      case "cancel":
        if (this.#state.at === "drawing") stage.revert();
        this.#state = { at: "idle" };
        return;
      case "back":
        return;
    }
  }

  preview(at: RegionPoint | null, stage: Stage): Preview | null {
    return at === null ? null : { kind: "pixels", spans: footprint(at, stage.size) };
  }

  #draw(from: RegionPoint, to: RegionPoint, stage: Stage): void {
    const { classId } = stage;
    const paint: Paint = this.name === "eraser" ? stage.base : () => classId;
    for (const at of way(from, to, stage.size)) stage.paint(footprint(at, stage.size), paint);
    this.#state = { at: "drawing", last: to };
  }
}
