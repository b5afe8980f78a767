/** What a round can ask, and in which order, in words. */

import type { Score, Unit } from "./round-form";

interface Choice {
  readonly label: string;
  readonly explains: string;
}

export const UNITS: Readonly<Record<Unit, Choice & { readonly one: string }>> = {
  window: {
    label: "Windows",
    one: "region",
    explains: "Squares of an image, each named with one key or split with the brush.",
  },
  superpixel: {
    label: "Superpixels",
    one: "superpixel",
    explains: "Pieces along the image's own edges, mostly of one class: one key each.",
  },
  pixel: {
    label: "Pixels",
    one: "pixel",
    explains: "Single pixels, shown with what is around them: one key each.",
  },
  image: {
    label: "Whole images",
    one: "image",
    explains: "Images painted in full: long work for each.",
  },
};

export const SCORES: Readonly<Record<Score, Choice>> = {
  ripu: {
    label: "Impurity × entropy",
    explains: "First where classes meet and the network is unsure.",
  },
  impurity: {
    label: "Impurity",
    explains: "First where many classes meet, however sure the network is.",
  },
  entropy: {
    label: "Entropy",
    explains: "First where the network wavers among many classes.",
  },
  margin: {
    label: "Margin",
    explains: "First where the second class comes close to the best.",
  },
  random: {
    label: "Random",
    explains: "Drawn by lot, whatever the network thinks: the control for the others.",
  },
};

/** What a select offers. */
export function options(choices: Readonly<Record<string, Choice>>): { value: string; label: string }[] {
  return Object.entries(choices).map(([value, { label }]) => ({ value, label }));
}

export function isUnit(value: string | null): value is Unit {
  return value !== null && value in UNITS;
}

export function isScore(value: string | null): value is Score {
  return value !== null && value in SCORES;
}
