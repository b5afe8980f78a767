import type { RegionPoint } from "../domain/geometry";
import { flooded } from "./flood";
import type { Gesture, Preview, Stage, Tool } from "./tool";

/** One click gives the chosen class to all connected pixels that have the class under the pointer. */
export class Fill implements Tool {
  readonly name = "fill";
  readonly isHeld = false;
  readonly state = "idle";

  handle(gesture: Gesture, stage: Stage): void {
    if (gesture.type !== "down") return;
    const { classId, document } = stage;
    stage.begin();
    stage.fill(flooded(document, gesture.at), () => classId);
    stage.commit();
  }

  preview(at: RegionPoint | null): Preview | null {
    return at === null
      ? null
      : { kind: "pixels", spans: [{ x: Math.floor(at[0]), y: Math.floor(at[1]), length: 1 }] };
  }
}
