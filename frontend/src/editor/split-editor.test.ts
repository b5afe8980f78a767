import { beforeEach, expect, test } from "vitest";
import { firstSize, footprint, resized } from "./brush";
import { regionPoint } from "../domain/geometry";
import { partsOf } from "../domain/partition";
import { inverse, LabelDocument, painting } from "./document";
import { SplitEditor } from "./split-editor";

let editor: SplitEditor;

const VOID = "255".repeat(6);

/** The map as rows of digits. */
const rows = () =>
  Array.from({ length: editor.document.height }, (_, y) =>
    [...editor.document.pixels.slice(y * editor.document.width, (y + 1) * editor.document.width)].join(""),
  );

function drag(...points: [number, number][]): void {
  points.forEach(([x, y], nth) =>
    editor.handle({ type: nth === 0 ? "down" : "move", at: regionPoint(x, y) }),
  );
}

const lift = () => editor.handle({ type: "up", at: editor.cursor ?? regionPoint(0, 0) });

function start(inside: Uint8Array | null = null): void {
  const parts = () => partsOf(6, 4, new Uint8Array(24), inside);
  editor = new SplitEditor({ width: 6, height: 4, pixels: new Uint8Array(24), inside, classId: 1, parts });
  while (editor.size > 1) editor.resize(-1);
}

beforeEach(() => start());

test("a stroke of one pixel leaves no gap between two far positions", () => {
  drag([0.5, 0.5], [5.5, 0.5]);
  lift();
  expect(rows()).toEqual(["111111", "000000", "000000", "000000"]);
});

test("a diagonal stroke of one pixel is the diagonal", () => {
  drag([0.2, 0.2], [3.2, 3.2]);
  lift();
  expect(rows()).toEqual(["100000", "010000", "001000", "000100"]);
});

test("a brush of 3 is a square of 9 pixels around the pointer's pixel", () => {
  editor.resize(1);
  editor.resize(1);
  drag([2.9, 1.1]);
  lift();
  expect(rows()).toEqual(["011100", "011100", "011100", "000000"]);
});

test("nothing is painted outside of the box or the region", () => {
  const inside = new Uint8Array(24).fill(1);
  inside.fill(0, 0, 6);
  start(inside);
  drag([-3, 0.5], [9, 0.5], [9, 1.5], [-3, 1.5]);
  lift();
  expect(rows()).toEqual([VOID, "111111", "000000", "000000"]);
});

test("a map is void outside of the region wherever it begins, and stays so", () => {
  const inside = Uint8Array.of(0, 0, 1, 1, 0, 0, 0, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 0, 0, 0, 1, 1, 0, 0);
  start(inside);
  const best = "255x2 0x2 255x3 0x4 255x2 0x4 255x3 0x2 255x2";
  expect([editor.toRle(), editor.isChanged]).toEqual([best, false]);
  while (editor.size < 7) editor.resize(1);
  drag([0, 0], [6, 4]);
  lift();
  const painted = best.replaceAll("0x", "1x");
  expect([editor.toRle(), editor.isChanged]).toEqual([painted, true]);
  editor.undo();
  expect([editor.toRle(), editor.isChanged]).toEqual([best, false]);
  editor.redo();
  expect(editor.toRle()).toBe(painted);
  editor.pick(0);
  drag([3, 2]);
  editor.handle({ type: "cancel" });
  expect(editor.toRle()).toBe(painted);
});

test("another class in the middle of a stroke is one step with it", () => {
  drag([0.5, 0.5], [2.5, 0.5]);
  editor.pick(2);
  editor.handle({ type: "move", at: regionPoint(1.5, 0.5) });
  lift();
  expect(rows()[0]).toBe("122000");
  editor.undo();
  expect([rows()[0], editor.canUndo]).toEqual(["000000", false]);
});

test("a stroke is one step back and one step forth", () => {
  drag([0.5, 1.5], [2.5, 1.5], [1.5, 1.5]);
  lift();
  editor.pick(255);
  drag([2.5, 1.5], [3.5, 1.5]);
  lift();
  expect(editor.toRle()).toBe("0x6 1x2 255x2 0x14");
  editor.undo();
  expect(editor.toRle()).toBe("0x6 1x3 0x15");
  editor.undo();
  expect([editor.toRle(), editor.isChanged, editor.canUndo]).toEqual(["0x24", false, false]);
  editor.redo();
  editor.redo();
  expect([editor.toRle(), editor.canRedo]).toEqual(["0x6 1x2 255x2 0x14", false]);
});

test("a stroke after an undo ends the chance to redo", () => {
  drag([0.5, 0.5]);
  lift();
  editor.undo();
  drag([1.5, 0.5]);
  lift();
  editor.redo();
  expect(rows()[0]).toBe("010000");
});

test("a cancelled stroke leaves neither pixels nor history", () => {
  drag([0.5, 0.5], [4.5, 3.5]);
  editor.handle({ type: "cancel" });
  expect([editor.toRle(), editor.canUndo, editor.isBusy]).toEqual(["0x24", false, false]);
});

test("painting what is painted already is no step", () => {
  editor.pick(0);
  drag([0.5, 0.5], [4.5, 3.5]);
  lift();
  expect(editor.canUndo).toBe(false);
});

test.each([1, 2, 3, 4, 5, 7, 9, 12])("the footprint of a brush of %i is symmetrical", (size) => {
  const pixels = footprint(regionPoint(20, 20), size).flatMap(({ x, y, length }) =>
    Array.from({ length }, (_, nth) => `${x + nth},${y}`),
  );
  const turned = footprint(regionPoint(20, 20), size).flatMap(({ x, y, length }) =>
    Array.from({ length }, (_, nth) => `${y},${x + nth}`),
  );
  expect(new Set(turned)).toEqual(new Set(pixels));
  expect(footprint(regionPoint(20, 20), size).length).toBe(size);
});

test("sizes stop at their ends", () => {
  expect([resized(1, -1, 2048), resized(192, 1, 2048)]).toEqual([1, 192]);
  expect([resized(5, 1, 17), resized(5, -1, 17), resized(16, 1, 17), resized(24, 1, 17)]).toEqual([
    7, 4, 24, 24,
  ]);
});

test("a brush begins at 3 pixels in a window, wider in a whole image", () => {
  expect([firstSize(17), firstSize(43), firstSize(480), firstSize(2048)]).toEqual([3, 3, 5, 24]);
});

test("a large brush goes in strides that leave its edge less than a pixel from the true one", () => {
  editor = new SplitEditor({
    width: 400,
    height: 60,
    pixels: new Uint8Array(24_000),
    inside: null,
    classId: 1,
    parts: () => partsOf(400, 60, new Uint8Array(24_000), null),
  });
  while (editor.size < 48) editor.resize(1);
  drag([30, 30], [370, 30]);
  lift();
  const painted = (y: number) =>
    editor.document.pixels.slice(y * 400 + 30, y * 400 + 370).filter((one) => one === 1).length;
  // The true shape, its rows 6 … 53 between the two ends, is full.
  expect([painted(5), painted(7), painted(30), painted(52), painted(54)]).toEqual([0, 340, 340, 340, 0]);
});

test("a delta knows its inverse", () => {
  const document = new LabelDocument(6, 4, new Uint8Array(24), null);
  const delta = painting(
    document,
    [
      { x: 1, y: 1, length: 1 },
      { x: 3, y: 1, length: 1 },
      { x: 2, y: 2, length: 1 },
    ],
    () => 3,
  );
  document.apply(delta);
  expect([...delta.indices]).toEqual([7, 9, 14]);
  expect([...delta.indices].map((index) => document.pixels[index])).toEqual([3, 3, 3]);
  document.apply(inverse(delta));
  expect([...document.pixels].every((value) => value === 0)).toBe(true);
});
