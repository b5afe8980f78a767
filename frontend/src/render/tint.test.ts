import { expect, test } from "vitest";
import { regionPoint } from "../domain/geometry";
import { partsOf } from "../domain/partition";
import { LabelDocument, painting } from "../editor/document";
import { SplitEditor } from "../editor/split-editor";
import { TintPixels } from "./tint";

const RED = 0x66_00_00_ff; // 0.4 of 255 is 102, 0x66; opacity, blue, green, red
const BLUE = 0x66_ff_00_00;
const WHITE = 0xd9_ff_ff_ff; // 0.85 of 255 is 217, 0xd9
const [DARK, LIGHT] = [0x66_10_10_10, 0x66_f0_f0_f0];
const COLORS = ["#ff0000", "#0000ff"];

test("a part has its colour, void is a checkerboard, and outside of the region is nothing", () => {
  const inside = Uint8Array.of(1, 1, 1, 1, 1, 0);
  const tint = new TintPixels(new LabelDocument(3, 2, Uint8Array.of(0, 1, 255, 255, 0, 0), inside), {
    colors: COLORS,
    hasBorders: false,
  });
  expect(tint.update()).toEqual({ x: 0, y: 0, width: 3, height: 2 });
  expect([...tint.rgba]).toEqual([RED, BLUE, DARK, LIGHT, RED, 0]);
  expect(tint.update()).toBeNull();
});

test("only the box that has changed is coloured anew, with the neighbours whose borders hang on it", () => {
  const document = new LabelDocument(6, 4, new Uint8Array(24), null);
  const tint = new TintPixels(document, { colors: COLORS, hasBorders: true });
  tint.update();
  document.apply(painting(document, [{ x: 1, y: 1, length: 2 }], () => 1));
  expect(tint.update()).toEqual({ x: 1, y: 1, width: 3, height: 2 });
  // Row 1: two painted, and the pixel at their right; row 2: the two below.
  expect([...tint.rgba.slice(6, 12)]).toEqual([RED, WHITE, WHITE, WHITE, RED, RED]);
  expect([...tint.rgba.slice(12, 18)]).toEqual([RED, WHITE, WHITE, RED, RED, RED]);
});

test("the edge of the region is no border between parts", () => {
  const inside = Uint8Array.of(0, 1, 1);
  const tint = new TintPixels(new LabelDocument(3, 1, Uint8Array.of(1, 0, 0), inside), {
    colors: COLORS,
    hasBorders: true,
  });
  tint.update();
  expect([...tint.rgba]).toEqual([0, RED, RED]);
});

test("what follows a stroke, its undo and its redo is what a fresh tint shows", () => {
  const [width, height] = [64, 32];
  const editor = new SplitEditor({
    width,
    height,
    pixels: new Uint8Array(width * height),
    inside: Uint8Array.from({ length: width * height }, (_, index) => (index % 7 === 0 ? 0 : 1)),
    classId: 1,
    parts: () => partsOf(1, 1, [0], null),
  });
  const tint = new TintPixels(editor.document, { colors: COLORS, hasBorders: true });
  const follow = () => {
    const fresh = new TintPixels(editor.document, { colors: COLORS, hasBorders: true });
    fresh.update();
    tint.update();
    expect(tint.rgba).toEqual(fresh.rgba);
  };
  follow();
  editor.handle({ type: "down", at: regionPoint(5, 5) });
  editor.handle({ type: "move", at: regionPoint(40, 20) });
  follow();
  editor.handle({ type: "up", at: regionPoint(40, 20) });
  editor.undo();
  follow();
  editor.redo();
  follow();
});
