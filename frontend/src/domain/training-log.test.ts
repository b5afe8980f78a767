import { expect, test } from "vitest";
import { confidences, lossNames, otherNames, thinned, valuesOf } from "./training-log";

const ROW = {
  iteration: 7,
  kept_share: 0.8,
  pseudo_loss: 1,
  new_loss: 2,
  loss: 3,
  source_loss: 4,
  name: "x",
};

test("losses come in the order of the method, and a new one after them", () => {
  expect(lossNames([{}, ROW])).toEqual(["loss", "source_loss", "pseudo_loss", "new_loss"]);
  expect(otherNames([ROW])).toEqual(["kept_share"]);
});

test("a term that is switched off is left out, one that is 0 for a while is not", () => {
  const rows = [
    { loss: 1, negative_loss: 0, contrast_loss: 0.5, sieved_share: 0, kept_share: 0 },
    { loss: 1, negative_loss: 0, contrast_loss: 0, sieved_share: 0, kept_share: 0.8 },
  ];
  expect(lossNames(rows)).toEqual(["loss", "contrast_loss"]);
  expect(otherNames(rows)).toEqual(["kept_share"]);
});

test("a log of an older version, and none at all, have what they have", () => {
  expect(lossNames([])).toEqual([]);
  expect(confidences([], 2)).toBeNull();
  expect(confidences([ROW], 2)).toBeNull();
  expect(valuesOf([{ loss: 1 }, { other: 2 }, { loss: null }, { loss: 3 }], "loss")).toEqual([1, 3]);
});

test("the confidence of classes is the newest that was told, of these classes, within its bounds", () => {
  const rows = [{ class_confidence: [0.1, 0.2] }, { class_confidence: [0.5, 1.2] }, { loss: 1 }];
  expect(confidences(rows, 2)).toEqual([0.5, 1]);
  expect(confidences(rows, 3)).toBeNull();
  expect(confidences([...rows, { class_confidence: [null, 0.25] }], 2)).toEqual([null, 0.25]);
});

test("a long log is thinned evenly and keeps its end", () => {
  const rows = Array.from({ length: 1000 }, (_, index) => index);
  const few = thinned(rows, 100);
  expect(few).toHaveLength(100);
  expect(few.at(-1)).toBe(999);
  expect(new Set(few.slice(1).map((row, index) => row - (few[index] ?? 0)))).toEqual(new Set([10]));
  expect(thinned([1, 2, 3], 240)).toEqual([1, 2, 3]);
});
