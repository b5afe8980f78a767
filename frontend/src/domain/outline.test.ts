import { expect, test } from "vitest";
import { movedOut, outline, rectangle } from "./outline";

/** Rows of # and . as a mask. */
function mask(...rows: string[]): [width: number, height: number, inside: Uint8Array] {
  const cells = Array.from(rows.join(""), (cell) => (cell === "#" ? 1 : 0));
  return [rows[0]!.length, rows.length, Uint8Array.from(cells)];
}

test("a whole box has the line of its four corners", () => {
  expect(outline(...mask("###", "###"))).toEqual([rectangle(3, 2)]);
});

test("a line runs clockwise along the pixels' own edges", () => {
  expect(outline(...mask("##..", ".##."))).toEqual([
    [
      [0, 0],
      [2, 0],
      [2, 1],
      [3, 1],
      [3, 2],
      [1, 2],
      [1, 1],
      [0, 1],
    ],
  ]);
});

test("a hole is a line of its own, the other way around", () => {
  expect(outline(...mask("###", "#.#", "###"))).toEqual([
    rectangle(3, 3),
    [
      [1, 1],
      [1, 2],
      [2, 2],
      [2, 1],
    ],
  ]);
});

test("pixels that touch at a corner only have lines of their own", () => {
  expect(outline(...mask("#.", ".#"))).toEqual([
    rectangle(1, 1),
    [
      [1, 1],
      [2, 1],
      [2, 2],
      [1, 2],
    ],
  ]);
  expect(outline(...mask(".#", "#."))).toHaveLength(2);
});

test("nothing inside has no line", () => {
  expect(outline(...mask("..", ".."))).toEqual([]);
});

test("a line moves away from its pixels, outwards at every corner, and into a hole", () => {
  const [around, hole] = outline(...mask("###", "#.#", "###"));
  const tenfold = ([x, y]: readonly [number, number]) => [x * 10, y * 10] as const;
  expect(movedOut(around!, 2, tenfold)).toEqual([
    [-2, -2],
    [32, -2],
    [32, 32],
    [-2, 32],
  ]);
  expect(movedOut(hole!, 2, tenfold)).toEqual([
    [12, 12],
    [12, 18],
    [18, 18],
    [18, 12],
  ]);
});

test("an inner corner moves into the notch", () => {
  const [line] = outline(...mask("#.", "##"));
  expect(movedOut(line!, 0.25, (corner) => corner)).toEqual([
    [-0.25, -0.25],
    [1.25, -0.25],
    [1.25, 0.75],
    [2.25, 0.75],
    [2.25, 2.25],
    [-0.25, 2.25],
  ]);
});
