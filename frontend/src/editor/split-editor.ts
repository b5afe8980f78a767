/**
 * The editor of a region that is split among classes: the root of the tools' state tree. It has no DOM: gestures come in,
 * in pixels of the region's box; a label map goes out. What a tool does from its begin to its end is one step of the
 * history, or is cancelled back to where it began.
 */

import { regionPoint, type RegionPoint } from "../domain/geometry";
import type { Partition } from "../domain/partition";
import { encode } from "../domain/rle";
import { firstSize, resized } from "./brush";
import { LabelDocument } from "./document";
import type { Gesture, Preview, Tool, ToolName } from "./tool";
import { Cut } from "./cut-tool";
import { Fill } from "./fill-tool";
import { Parts } from "./parts-tool";
import { Polygon } from "./polygon-tool";
import { Stroke } from "./stroke-tool";
import { Worksheet } from "./worksheet";

export interface SplitStart {
  readonly width: number;
  readonly height: number;
  /** Class ids, row-major; where the work begins. What is outside of the region becomes void. */
  readonly pixels: Uint8Array;
  /** 1 inside the region; null: the whole box. */
  readonly inside: Uint8Array | null;
  /** The class that is painted first. */
  readonly classId: number;
  /** The parts that the teacher sees; asked for when they are wanted. */
  readonly parts: () => Partition;
}

export class SplitEditor {
  readonly document: LabelDocument;
  readonly #sheet: Worksheet;
  readonly #tools: Map<ToolName, Tool>;
  readonly #parts: () => Partition;
  readonly #listeners = new Set<() => void>();
  #tool: Tool = new Stroke("brush");
  #cursor: RegionPoint | null = null;

  constructor({ width, height, pixels, inside, classId, parts }: SplitStart) {
    this.document = new LabelDocument(width, height, pixels, inside);
    this.#sheet = new Worksheet(this.document, classId, firstSize(this.#long));
    this.#parts = parts;
    const all = [this.#tool, new Stroke("eraser"), new Polygon(), new Fill(), new Cut()];
    this.#tools = new Map<ToolName, Tool>(all.map((one) => [one.name, one]));
  }

  get classId(): number {
    return this.#sheet.classId;
  }

  get size(): number {
    return this.#sheet.size;
  }

  get tool(): ToolName {
    return this.#tool.name;
  }

  /** Where the tree of tools stands, as in `polygon.placing`. */
  get path(): string {
    return `${this.#tool.name}.${this.#tool.state}`;
  }

  /** Whether a tool has begun something that it can end or give up. */
  get isBusy(): boolean {
    return !["idle", "named"].includes(this.#tool.state);
  }

  /** Whether the map can be taken as it is: no stroke is in its middle. */
  get isSettled(): boolean {
    return !this.#sheet.isOpen;
  }

  get canUndo(): boolean {
    return this.#sheet.history.canUndo;
  }

  get canRedo(): boolean {
    return this.#sheet.history.canRedo;
  }

  /** Whether the map differs from the one that the work began with. */
  get isChanged(): boolean {
    return this.#sheet.isChanged;
  }

  /** The tool that names parts, where it is the one at hand. */
  get parts(): Parts | null {
    return this.#tool instanceof Parts ? this.#tool : null;
  }

  /** The pointer's position; null where it is away. */
  get cursor(): RegionPoint | null {
    return this.#cursor;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Whether this tool can be chosen: superpixels come later than the rest. */
  has(tool: ToolName): boolean {
    return this.#tools.has(tool);
  }

  choose(tool: ToolName): void {
    this.#tool.handle({ type: "cancel" }, this.#sheet);
    if (tool === "parts" && !this.has(tool)) this.#tools.set(tool, new Parts(tool, this.#parts()));
    this.#tool = this.#tools.get(tool) ?? this.#tool;
    this.#changed();
  }

  /** Superpixels to name, once they have been found. */
  offer(superpixels: Partition): void {
    this.#tools.set("superpixels", new Parts("superpixels", superpixels));
    this.#changed();
  }

  /** A class was chosen: it names the part in focus, or is what the other tools paint from now on; 255 is void. */
  pick(classId: number): void {
    this.#sheet.classId = classId;
    this.parts?.give(classId, this.#sheet);
    this.#changed();
  }

  /** Leave the part in focus as it is, and go on to the next. */
  nextPart(): void {
    this.parts?.next();
    this.#changed();
  }

  /** Choose the class under the pointer to paint with; whether there is one. */
  pickUnderCursor(): boolean {
    const found = this.classAt(this.#cursor);
    if (found === null) return false;
    this.#sheet.classId = found;
    this.#changed();
    return true;
  }

  /** The class of a pixel of the region; null where it has none. */
  classAt(at: RegionPoint | null): number | null {
    if (at === null) return null;
    const [x, y] = [Math.floor(at[0]), Math.floor(at[1])];
    return this.document.has(x, y) ? (this.document.pixels[y * this.document.width + x] ?? null) : null;
  }

  resize(by: 1 | -1): void {
    this.#sheet.size = resized(this.#sheet.size, by, this.#long);
    this.#changed();
  }

  /** Give the whole region to the chosen class. */
  fillAll(): void {
    const all = Uint32Array.from(this.document.pixels, (_, index) => index);
    this.#sheet.begin();
    this.#sheet.fill(all, () => this.#sheet.classId);
    this.#sheet.commit();
    this.#changed();
  }

  /** What a pointer did, or a key for it; `reach`: pixels within which two positions are the same to the hand. */
  handle(gesture: Gesture, reach = 1): void {
    this.#sheet.reach = reach;
    if ("at" in gesture) this.#cursor = gesture.at;
    this.#tool.handle(gesture, this.#sheet);
    this.#changed();
  }

  /** The pointer has left. */
  leave(): void {
    this.#cursor = null;
    this.#changed();
  }

  /** Move the pointer by whole pixels, from the region's middle if it was away; a tool that is down moves with it. */
  nudge(dx: number, dy: number): void {
    const { width, height } = this.document;
    const [x, y] = this.#cursor ?? [width / 2, height / 2];
    const within = (value: number, length: number) => Math.min(length - 0.5, Math.max(0.5, value));
    this.handle({
      type: "move",
      at: regionPoint(within(Math.floor(x) + 0.5 + dx, width), within(Math.floor(y) + 0.5 + dy, height)),
    });
  }

  /** What a click at the pointer's position does, without a pointer: held tools are set down, and lifted the next time. */
  press(): void {
    if (this.#cursor === null) return this.nudge(0, 0);
    const at = this.#cursor;
    const isDown = this.#tool.isHeld && this.isBusy;
    if (!isDown) this.handle({ type: "down", at });
    if (isDown || !this.#tool.isHeld) this.handle({ type: "up", at });
  }

  undo(): void {
    if (!this.isBusy) this.#sheet.undo();
    this.handle({ type: "back" });
  }

  redo(): void {
    if (this.isBusy) return;
    this.#sheet.redo();
    this.#changed();
  }

  /** What the tool at hand would do where the pointer is. */
  preview(): Preview | null {
    return this.#tool.preview(this.#cursor, this.#sheet);
  }

  /** The label map as it travels. */
  toRle(): string {
    return encode(this.document.pixels);
  }

  get #long(): number {
    return Math.max(this.document.width, this.document.height);
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}
