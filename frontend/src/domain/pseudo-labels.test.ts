import { expect, test } from "vitest";
import {
  answeredOf,
  countsOf,
  entropyOf,
  pixelsOf,
  rowsAt,
  shareOf,
  totalOf,
  verdictAt,
} from "./pseudo-labels";

const SCENE = {
  width: 4,
  height: 2,
  prediction: Uint8Array.of(0, 0, 0, 1, 1, 1, 1, 0),
  levels: Uint8Array.of(10, 51, 52, 255, 0, 9, 9, 9),
  said: {
    labels: Uint8Array.of(255, 255, 255, 255, 1, 0, 255, 1),
    spoken: Uint8Array.of(0, 0, 0, 0, 255, 255, 255, 128),
  },
};

test("why a pixel teaches: nobody overrules people, and the threshold itself is kept", () => {
  const verdicts = (level: number) =>
    SCENE.prediction.reduce<string[]>((all, _, i) => [...all, verdictAt(SCENE, i, level)], []);
  const people = ["answered", "answered", "void", "sieved"];
  expect(verdicts(51)).toEqual(["kept", "kept", "dropped", "dropped", ...people]);
  expect(verdicts(255)).toEqual(["kept", "kept", "kept", "kept", ...people]);
  expect(verdictAt({ ...SCENE, said: null }, 7, 8)).toBe("dropped");
});

test("rows by hand", () => {
  const counts = countsOf(SCENE, 3);
  const nothing = { kept: 0, dropped: 0, agreed: 0, overruled: 0, void: 0, sieved: 0, entropy: null };
  const rows = rowsAt(counts, 51);
  expect(rows[0]).toMatchObject({
    class_id: 0,
    kept: 2,
    dropped: 1,
    agreed: 0,
    overruled: 0,
    void: 0,
    sieved: 1,
  });
  expect(rows[0]?.entropy).toBeCloseTo((10 ** 2 + 51 ** 2 + 52 ** 2) / 255 ** 2 / 3, 12);
  expect(rows[1]).toEqual({
    class_id: 1,
    kept: 0,
    dropped: 1,
    agreed: 1,
    overruled: 1,
    void: 1,
    sieved: 0,
    entropy: 1,
  });
  expect(rows[2]).toEqual({ class_id: 2, ...nothing });
  expect(rowsAt(counts, 255).map(({ kept, dropped }) => [kept, dropped])).toEqual([
    [3, 0],
    [1, 0],
    [0, 0],
  ]);
});

test("the total is of all pixels, and its entropy the mean over pixels, not over classes", () => {
  const total = totalOf(rowsAt(countsOf(SCENE, 3), 51));
  expect(total).toMatchObject({ kept: 2, dropped: 2, agreed: 1, overruled: 1, void: 1, sieved: 1 });
  expect([answeredOf(total), pixelsOf(total)]).toEqual([4, 8]);
  expect(total.entropy).toBeCloseTo((10 ** 2 + 51 ** 2 + 52 ** 2 + 255 ** 2) / 255 ** 2 / 4, 12);
  expect(totalOf([]).entropy).toBeNull();
});

test("levels are roots of entropies; a share of nothing is none", () => {
  expect([entropyOf(0), entropyOf(51), entropyOf(255)]).toEqual([0, (51 / 255) ** 2, 1]);
  expect([shareOf(1, 4), shareOf(0, 0)]).toEqual([0.25, null]);
});
