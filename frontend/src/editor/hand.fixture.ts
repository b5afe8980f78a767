/** Drives an editor as hands do; for tests. */

import { expect } from "vitest";
import { regionPoint } from "../domain/geometry";
import { partsOf } from "../domain/partition";
import { SplitEditor } from "./split-editor";
import type { ToolName } from "./tool";

type Place = readonly [x: number, y: number];

export class Hand {
  readonly editor: SplitEditor;

  /** On a map of digits, with the thinnest brush and class 7; `inside` is 1 in the region. */
  constructor(map: readonly string[], tool: ToolName, inside?: readonly string[]) {
    const [width, height] = [map[0]?.length ?? 0, map.length];
    const pixels = Uint8Array.from(map.join(""), Number);
    const mask = inside === undefined ? null : Uint8Array.from(inside.join(""), Number);
    const parts = () => partsOf(width, height, pixels, mask);
    this.editor = new SplitEditor({ width, height, pixels, inside: mask, classId: 7, parts });
    this.editor.choose(tool);
    while (this.editor.size > 1) this.editor.resize(-1);
  }

  down(...[x, y]: Place): void {
    this.editor.handle({ type: "down", at: regionPoint(x, y) });
  }

  move(...[x, y]: Place): void {
    this.editor.handle({ type: "move", at: regionPoint(x, y) });
  }

  up(...[x, y]: Place): void {
    this.editor.handle({ type: "up", at: regionPoint(x, y) });
  }

  click(...at: Place): void {
    this.down(...at);
    this.up(...at);
  }

  drag(first: Place, ...others: Place[]): void {
    this.down(...first);
    for (const point of others) this.move(...point);
    this.up(...(others.at(-1) ?? first));
  }

  /** The map as rows of digits; `.` is void. */
  rows(): string[] {
    const { width, height, pixels } = this.editor.document;
    return Array.from({ length: height }, (_, y) =>
      [...pixels.slice(y * width, (y + 1) * width)].map((one) => (one === 255 ? "." : one)).join(""),
    );
  }

  /** What was done can be undone, and done again. */
  expectStep(before: readonly string[], after: readonly string[]): void {
    expect(this.rows()).toEqual(after);
    this.editor.undo();
    expect(this.rows()).toEqual(before);
    expect(this.editor.canUndo).toBe(false);
    this.editor.redo();
    expect(this.rows()).toEqual(after);
  }
}

export const PLAIN = ["000000", "000000", "000000", "000000"];
export const HALVES = ["000111", "000111", "000111", "000111"];
