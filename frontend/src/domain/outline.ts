/** Lines around pixels, between them: what shows a region without covering any of it. */

export type Corner = readonly [x: number, y: number];

/** A closed line of its corners, the last joined to the first; steps run along rows and columns in turn. */
export type Line = readonly Corner[];

/** Clockwise on the screen, so that the next is a turn to the right. */
const STEPS = [
  [1, 0],
  [0, 1],
  [-1, 0],
  [0, -1],
] as const;

export function rectangle(width: number, height: number): Line {
  return [
    [0, 0],
    [width, 0],
    [width, height],
    [0, height],
  ];
}

/**
 * The lines around the pixels that are 1, in pixels. They have these pixels at their right, so a hole is a line of its
 * own that runs the other way. Pixels that only touch at a corner are walked around one by one.
 */
export function outline(width: number, height: number, inside: Uint8Array): Line[] {
  const columns = width + 1;
  /** By corner: bit d is set where a line goes on in the direction of `STEPS[d]`. */
  const ways = new Uint8Array(columns * (height + 1));
  const go = (corner: number, direction: number) => {
    ways[corner] = (ways[corner] ?? 0) | (1 << direction);
  };
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const index = y * width + x;
      if (inside[index] !== 1) continue;
      const corner = y * columns + x;
      if (y === 0 || inside[index - width] !== 1) go(corner, 0);
      if (x === width - 1 || inside[index + 1] !== 1) go(corner + 1, 1);
      if (y === height - 1 || inside[index + width] !== 1) go(corner + columns + 1, 2);
      if (x === 0 || inside[index - 1] !== 1) go(corner + columns, 3);
    }
  }
  const lines: Line[] = [];
  for (let start = 0; start < ways.length; start += 1) {
    while (ways[start] !== 0) lines.push(walk(ways, columns, start));
  }
  return lines;
}

/** Walk from `start` until there again, taking the ways that were walked out of `ways`. */
function walk(ways: Uint8Array, columns: number, start: number): Line {
  const corners: Corner[] = [];
  let at = start;
  let came = -1;
  do {
    const here = ways[at] ?? 0;
    const [right, straight, left] = [(came + 1) % 4, came, (came + 3) % 4];
    const direction =
      came < 0
        ? Math.log2(here & -here)
        : ([right, straight, left].find((one) => (here & (1 << one)) !== 0) ?? straight);
    if (direction !== came) corners.push([at % columns, Math.floor(at / columns)]);
    ways[at] = here & ~(1 << direction);
    const [dx, dy] = STEPS[direction] ?? STEPS[0];
    at += dy * columns + dx;
    came = direction;
  } while (at !== start);
  return corners;
}

/** The line moved away from the pixels at its right, by `distance`, after `place` has put its corners somewhere. */
export function movedOut(line: Line, distance: number, place: (corner: Corner) => Corner): Corner[] {
  return line.map((corner, nth) => {
    const before = line.at(nth - 1) ?? corner;
    const after = line[(nth + 1) % line.length] ?? corner;
    const [x, y] = place(corner);
    const [dx, dy] = [
      Math.sign(corner[1] - before[1]) + Math.sign(after[1] - corner[1]),
      Math.sign(before[0] - corner[0]) + Math.sign(corner[0] - after[0]),
    ];
    return [x + dx * distance, y + dy * distance];
  });
}
