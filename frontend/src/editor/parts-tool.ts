import type { RegionPoint } from "../domain/geometry";
import { linesOf, type Partition, pixelsOf } from "../domain/partition";
import type { Gesture, Preview, Stage, Tool } from "./tool";

/**
 * Parts that are named one by one: a class's key names the part in focus and goes on to the next without a name, a click
 * names the part under the pointer, which the focus follows. The focus is 0 once all are named.
 */
export class Parts implements Tool {
  readonly name: "parts" | "superpixels";
  readonly isHeld = false;
  readonly partition: Partition;
  /** In the order in which they were named. */
  readonly #named: number[] = [];
  #focus: number;

  constructor(name: "parts" | "superpixels", partition: Partition) {
    this.name = name;
    this.partition = partition;
    this.#focus = partition.count > 0 ? 1 : 0;
  }

  get state(): string {
    return this.#focus === 0 ? "named" : "idle";
  }

  /** Whether each part has been given a name. */
  get isDone(): boolean {
    return new Set(this.#named).size === this.partition.count;
  }

  get focus(): number {
    return this.#focus;
  }

  /** Name the part in focus; whether there was one. */
  give(classId: number, stage: Stage): boolean {
    if (this.#focus === 0) return false;
    this.#paint(this.#focus, classId, stage);
    return true;
  }

  /** Leave the part in focus as it is, and go on. */
  next(): void {
    const { count } = this.partition;
    this.#focus = count === 0 ? 0 : (this.#focus % count) + 1;
  }

  handle(gesture: Gesture, stage: Stage): void {
    if (gesture.type === "back") this.#focus = this.#named.pop() ?? this.#focus; // its name was undone
    if (gesture.type === "move") this.#focus = this.#at(gesture.at) || this.#focus;
    if (gesture.type !== "down") return;
    const part = this.#at(gesture.at);
    if (part !== 0) this.#paint(part, stage.classId, stage);
  }

  preview(): Preview | null {
    return this.#focus === 0 ? null : { kind: "part", lines: linesOf(this.partition, this.#focus) };
  }

  #at([x, y]: RegionPoint): number {
    const { width, height, labels } = this.partition;
    const [column, row] = [Math.floor(x), Math.floor(y)];
    if (column < 0 || row < 0 || column >= width || row >= height) return 0;
    return labels[row * width + column] ?? 0;
  }

  #paint(part: number, classId: number, stage: Stage): void {
    stage.begin();
    stage.fill(pixelsOf(this.partition, part), () => classId);
    stage.commit();
    this.#named.push(part);
    this.#focus = this.#unnamedAfter(part);
  }

  #unnamedAfter(part: number): number {
    const { count } = this.partition;
    for (let step = 1; step < count; step += 1) {
      const next = ((part - 1 + step) % count) + 1;
      if (!this.#named.includes(next)) return next;
    }
    return 0;
  }
}
