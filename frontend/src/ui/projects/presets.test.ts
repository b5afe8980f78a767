import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { hardToTell } from "../../domain/color-vision";
import { PRESETS } from "./presets";

interface Named {
  readonly name: string;
  readonly color: string;
}

const named = (classes: readonly (readonly [name: string, color: string])[]): Named[] =>
  classes.map(([name, color]) => ({ name, color }));

const textOf = (path: string) => readFileSync(new URL(`../../../../${path}`, import.meta.url), "utf8");

function alike(classes: readonly Named[]): string[] {
  return hardToTell(classes).map(
    ({ one, other, deficiency }) => `${one.name}, ${other.name}: ${deficiency ?? "everybody"}`,
  );
}

/** SYNTHIA's papers leave out classes of Cityscapes; the colours are Cityscapes' own. */
const SYNTHIA_13 = [
  "building, bicycle: deuteranopia",
  "vegetation, person: deuteranopia",
  "vegetation, rider: deuteranopia",
  "car, bus: tritanopia",
  "person, rider: tritanopia",
];
const SYNTHIA_16 = [
  "road, wall: deuteranopia",
  "wall, sky: deuteranopia",
  "fence, pole: everybody",
  ...SYNTHIA_13,
];
const CITYSCAPES = [
  "road, train: protanopia",
  "building, train: protanopia",
  "building, train: deuteranopia",
  "bus, train: tritanopia",
  ...SYNTHIA_16,
];
const CAMVID = [
  "building, pedestrian: deuteranopia",
  "road, fence: protanopia",
  "sky, sign_symbol: protanopia",
  "sky, tree: tritanopia",
];

test("the pairs of each preset that are hard to tell apart are these, and no more", () => {
  expect(alike(named(PRESETS.cityscapes.classes)).sort()).toEqual(CITYSCAPES.sort());
  expect(alike(named(PRESETS.synthia16.classes)).sort()).toEqual(SYNTHIA_16.sort());
  expect(alike(named(PRESETS.synthia13.classes)).sort()).toEqual(SYNTHIA_13.sort());
  expect(alike(named(PRESETS.camvid.classes)).sort()).toEqual(CAMVID.sort());
  expect(alike(named(PRESETS.own.classes))).toEqual([]);
});

test("the server's presets have the colours of these", () => {
  const colors = textOf("backend/domain/class_presets.py").match(/#[0-9a-f]{6}/g);
  expect(colors).toEqual(PRESETS.cityscapes.classes.map(([, color]) => color));
});

test("the demo's palette has no other such pairs", () => {
  const fields = textOf("demo/pack/classes.json").matchAll(/"name": "([^"]+)",\s+"color": "([^"]+)"/g);
  const classes = [...fields].map(([, name, color]) => ({ name: name!, color: color! }));
  expect(classes).toHaveLength(11);
  expect(alike(classes).sort()).toEqual(CAMVID.sort());
});
