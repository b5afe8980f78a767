import { expect, test } from "vitest";
import { DEFICIENCIES, distance, hardToTell, oklab } from "./color-vision";

test("Oklab of sRGB's corners is as published", () => {
  const published = {
    "#ffffff": [1, 0, 0],
    "#ff0000": [0.62796, 0.22486, 0.12585],
    "#00ff00": [0.86644, -0.23389, 0.1795],
    "#0000ff": [0.45201, -0.03246, -0.31153],
    "#000000": [0, 0, 0],
  };
  for (const [color, expected] of Object.entries(published)) {
    oklab(color).forEach((value, nth) => expect(value, color).toBeCloseTo(expected[nth]!, 4));
  }
});

test("greys are the same to everybody", () => {
  for (const deficiency of DEFICIENCIES) {
    oklab("#808080", deficiency).forEach((value, nth) =>
      expect(value).toBeCloseTo(oklab("#808080")[nth]!, 4),
    );
  }
});

test("pure colours are seen as their column of the published matrix, within what a screen can show", () => {
  // sRGB of (0.367322, 0.280085, 0), (0.152286, 0.114503, 0) and (0, 0.147602, 0.3039), worked out by hand
  const seen = [
    ["#ff0000", "deuteranopia", "#a49000"],
    ["#ff0000", "protanopia", "#6d5f00"],
    ["#0000ff", "tritanopia", "#006b96"],
  ] as const;
  for (const [color, deficiency, alike] of seen) {
    const here = oklab(color, deficiency);
    oklab(alike).forEach((value, nth) => expect(here[nth], deficiency).toBeCloseTo(value, 2));
  }
});

test("distances are those of Oklab, and none from a colour to itself", () => {
  expect(distance("#000000", "#ffffff")).toBeCloseTo(1, 4);
  expect(distance("#ff0000", "#00ff00")).toBeCloseTo(
    Math.hypot(0.62796 - 0.86644, 0.22486 + 0.23389, 0.12585 - 0.1795),
    4,
  );
  expect(distance("#123456", "#123456", "tritanopia")).toBe(0);
});

test("pairs are named once to everybody, else for each deficiency that mixes them up", () => {
  const [leaf, blood, sky] = [{ color: "#6b8e23" }, { color: "#dc143c" }, { color: "#4682b4" }];
  expect(hardToTell([leaf, blood, sky])).toMatchObject([
    { one: leaf, other: blood, deficiency: "deuteranopia" },
  ]);
  expect(hardToTell([sky, leaf, { color: "#4682b5" }])).toMatchObject([{ one: sky, deficiency: null }]);
  expect(hardToTell([leaf])).toEqual([]);
});
