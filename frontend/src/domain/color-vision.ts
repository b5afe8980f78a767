/**
 * Which colours are hard to tell apart, and for whom.
 *
 * What people with a colour-vision deficiency see is simulated after Machado, Oliveira and Fernandes, "A
 * Physiologically-based Model for Simulation of Color Vision Deficiency", IEEE TVCG 15(6), 2009, at its full severity,
 * on linear sRGB. Distances are Euclidean in Oklab (Ottosson 2020), as CSS Color 4 measures them: palettes ask about
 * differences well above the threshold of sight, for which CIEDE2000 was not made, and Oklab is even there.
 */

import { rgb } from "./classes";

export const DEFICIENCIES = ["protanopia", "deuteranopia", "tritanopia"] as const;
export type Deficiency = (typeof DEFICIENCIES)[number];

type Triple = readonly [number, number, number];
type Matrix = readonly [Triple, Triple, Triple];

/** Rows and columns are linear red, green and blue. */
const SEEN: Readonly<Record<Deficiency, Matrix>> = {
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

const CONES: Matrix = [
  [0.4122214708, 0.5363325363, 0.0514459929],
  [0.2119034982, 0.6806995451, 0.1073969566],
  [0.0883024619, 0.2817188376, 0.6299787005],
];
const OKLAB: Matrix = [
  [0.2104542553, 0.793617785, -0.0040720468],
  [1.9779984951, -2.428592205, 0.4505937099],
  [0.0259040371, 0.7827717662, -0.808675766],
];

/** So near in Oklab, small areas are easily taken for each other; 0.02 is about what can just be seen. */
export const NEAR = 0.06;

/** The colour (`#rrggbb`) as Oklab of what is seen; null: with all three kinds of cones. */
export function oklab(color: string, deficiency: Deficiency | null = null): Triple {
  const light = map(rgb(color), linear);
  const seen = deficiency === null ? light : map(times(SEEN[deficiency], light), displayed);
  return times(OKLAB, map(times(CONES, seen), Math.cbrt));
}

export function distance(one: string, other: string, deficiency: Deficiency | null = null): number {
  const [here, there] = [oklab(one, deficiency), oklab(other, deficiency)];
  return Math.hypot(here[0] - there[0], here[1] - there[1], here[2] - there[2]);
}

export interface Pair<Class> {
  readonly one: Class;
  readonly other: Class;
  /** To whom the two look alike; null: to everybody. */
  readonly deficiency: Deficiency | null;
  readonly distance: number;
}

/** Every pair of classes with colours nearer than `near`, for whom it is so; pairs that are so to everybody only once. */
export function hardToTell<Class extends { readonly color: string }>(
  classes: readonly Class[],
  near = NEAR,
): Pair<Class>[] {
  return classes.flatMap((one, nth) =>
    classes.slice(nth + 1).flatMap((other) => {
      const seen = (deficiency: Deficiency | null): Pair<Class> => ({
        one,
        other,
        deficiency,
        distance: distance(one.color, other.color, deficiency),
      });
      const toEverybody = seen(null);
      if (toEverybody.distance < near) return [toEverybody];
      return DEFICIENCIES.map(seen).filter((pair) => pair.distance < near);
    }),
  );
}

/** sRGB's transfer function, undone: 0…255 to 0…1. */
function linear(channel: number): number {
  const share = channel / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
}

/** A simulated colour may leave what screens can show. */
function displayed(channel: number): number {
  return Math.min(1, Math.max(0, channel));
}

function map([x, y, z]: Triple, of: (value: number) => number): Triple {
  return [of(x), of(y), of(z)];
}

function times(matrix: Matrix, [x, y, z]: Triple): Triple {
  const row = ([a, b, c]: Triple) => a * x + b * y + c * z;
  return [row(matrix[0]), row(matrix[1]), row(matrix[2])];
}
