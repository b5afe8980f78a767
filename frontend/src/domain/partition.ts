/** A region cut into connected parts that people can name one by one. */

import { type Line, outline } from "./outline";

/** Beyond that nobody names parts one by one. */
const MAX_PARTS = 24;
/** Parts smaller than this share of the region, or than so many pixels, are joined to a neighbour. */
const MIN_SHARE = 0.02;
const MIN_PIXELS = 3;

export interface Partition {
  readonly width: number;
  readonly height: number;
  /** By pixel: the part's number from 1 on; 0 is outside of the region. */
  readonly labels: Uint32Array;
  /** How many there are. */
  readonly count: number;
}

/** What the teacher sees, as parts to name: connected pieces of equal class, each at least a fiftieth of the region. */
export function partsOf(
  width: number,
  height: number,
  values: ArrayLike<number>,
  inside: Uint8Array | null,
): Partition {
  const pieces = piecesOf(width, height, values, inside);
  const sizes = sizesOf(pieces);
  const total = sizes.reduce((sum, one) => sum + one, 0);
  const bySize = sizes.slice(1).sort((one, other) => other - one);
  return merged(pieces, Math.max(MIN_PIXELS, total * MIN_SHARE, bySize[MAX_PARTS - 1] ?? 0));
}

/** Pieces of less than `least` pixels joined to the neighbour that they touch most; numbered row by row. */
export function merged(pieces: Partition, least: number): Partition {
  const sizes = sizesOf(pieces);
  // The largest stays, whatever is asked.
  const bound = Math.min(
    least,
    sizes.slice(1).reduce((most, one) => Math.max(most, one), 1),
  );
  return renumbered({ ...pieces, labels: absorbed(pieces, sizes, bound) });
}

/** All connected pieces of equal value, however small. */
export function piecesOf(
  width: number,
  height: number,
  values: ArrayLike<number>,
  inside: Uint8Array | null,
): Partition {
  const labels = new Uint32Array(width * height);
  const stack = new Uint32Array(width * height);
  let count = 0;
  for (let start = 0; start < labels.length; start += 1) {
    if (labels[start] !== 0 || inside?.[start] === 0) continue;
    count += 1;
    labels[start] = count;
    stack[0] = start;
    let length = 1;
    const value = values[start];
    while (length > 0) {
      length -= 1;
      const at = stack[length] ?? 0;
      const x = at % width;
      for (const [isThere, next] of [
        [x > 0, at - 1],
        [x < width - 1, at + 1],
        [at >= width, at - width],
        [at + width < labels.length, at + width],
      ] as const) {
        if (!isThere || labels[next] !== 0 || values[next] !== value || inside?.[next] === 0) continue;
        labels[next] = count;
        stack[length] = next;
        length += 1;
      }
    }
  }
  return { width, height, labels, count };
}

/** The pixels of one part. */
export function pixelsOf({ labels }: Partition, part: number): Uint32Array {
  const found: number[] = [];
  for (let index = 0; index < labels.length; index += 1) if (labels[index] === part) found.push(index);
  return Uint32Array.from(found);
}

/** The lines around one part. */
export function linesOf({ width, height, labels }: Partition, part: number): readonly Line[] {
  return outline(
    width,
    height,
    Uint8Array.from(labels, (one) => (one === part ? 1 : 0)),
  );
}

function sizesOf({ labels, count }: Partition): number[] {
  const sizes = new Array<number>(count + 1).fill(0);
  for (const label of labels) if (label !== 0) sizes[label] = (sizes[label] ?? 0) + 1;
  return sizes;
}

/** Small parts get the number of the neighbour that they touch most, the smallest first. */
function absorbed({ width, height, labels, count }: Partition, sizes: number[], least: number): Uint32Array {
  const touching = Array.from({ length: count + 1 }, () => new Map<number, number>());
  const touch = (one: number, other: number) => {
    if (one === 0 || other === 0 || one === other) return;
    touching[one]?.set(other, (touching[one].get(other) ?? 0) + 1);
    touching[other]?.set(one, (touching[other].get(one) ?? 0) + 1);
  };
  for (let index = 0; index < width * height; index += 1) {
    const label = labels[index] ?? 0;
    if (index % width > 0) touch(label, labels[index - 1] ?? 0);
    if (index >= width) touch(label, labels[index - width] ?? 0);
  }
  const into = Array.from({ length: count + 1 }, (_, part) => part);
  const bySize = into.slice(1).sort((one, other) => (sizes[one] ?? 0) - (sizes[other] ?? 0) || one - other);
  for (const part of bySize) {
    if ((sizes[part] ?? 0) >= least) continue;
    const [nearest] = [...(touching[part] ?? [])].sort(
      ([one, often], [other, oftener]) => oftener - often || one - other,
    );
    if (nearest === undefined) continue;
    const [target] = nearest;
    into[part] = target;
    sizes[target] = (sizes[target] ?? 0) + (sizes[part] ?? 0);
    for (const [other, often] of touching[part] ?? []) {
      touching[other]?.delete(part);
      if (other === target) continue;
      touching[target]?.set(other, (touching[target].get(other) ?? 0) + often);
      touching[other]?.set(target, (touching[other].get(target) ?? 0) + often);
    }
  }
  const root = (part: number): number => (into[part] === part ? part : root(into[part] ?? part));
  return labels.map((label) => root(label));
}

/** Numbers without gaps, in the order in which the parts are met row by row. */
function renumbered({ width, height, labels }: Omit<Partition, "count">): Partition {
  const numbers = new Map<number, number>([[0, 0]]);
  const fresh = labels.map((label) => {
    const known = numbers.get(label) ?? numbers.size;
    numbers.set(label, known);
    return known;
  });
  return { width, height, labels: fresh, count: numbers.size - 1 };
}
