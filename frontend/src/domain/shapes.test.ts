import { expect, test } from "vitest";
import { shapesOf } from "./shapes";

test("each value has its shape, without what is outside", () => {
  const shapes = shapesOf(3, 1, Uint8Array.from([7, 2, 2]), Uint8Array.from([1, 1, 0]));
  expect(shapes).toEqual([
    { value: 2, path: "M1 0L2 0L2 1L1 1Z" },
    { value: 7, path: "M0 0L1 0L1 1L0 1Z" },
  ]);
});

test("a large map is thinned out", () => {
  const shapes = shapesOf(512, 2, new Uint8Array(1024).fill(1), null);
  expect(shapes).toEqual([{ value: 1, path: "M0 0L512 0L512 2L0 2Z" }]);
});
