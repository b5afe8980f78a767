import { expect, test } from "vitest";
import { de } from "./de";
import { en } from "./en";

/** Words that both languages write alike, by where they stand. */
const SHARED = [
  "help.caps.alt",
  "help.caps.backspace",
  "help.caps.enter",
  "help.caps.escape",
  "help.caps.shift",
  "help.caps.tab",
  "label.asked.window.opening",
  "label.asked.superpixel.opening",
  "label.asked.pixel.opening",
  "projects.round",
];

type Said = readonly [path: string, value: string | ((...given: unknown[]) => unknown)];

/** Every string and function of a catalogue, by its path. */
function said(value: unknown, path = ""): Said[] {
  if (typeof value === "string" || isFunction(value)) return [[path, value]];
  if (typeof value !== "object" || value === null) throw new Error(`${path} is neither said nor a group.`);
  return Object.entries(value).flatMap(([key, part]) => said(part, path === "" ? key : `${path}.${key}`));
}

function isFunction(value: unknown): value is (...given: unknown[]) => unknown {
  return typeof value === "function";
}

/** As it is read, with any figures in its gaps. */
function read(value: Said[1]): unknown {
  return isFunction(value) ? value(5, 2, 3, 4) : value;
}

const [english, german] = [en, de].map((words) => new Map(said({ ...words, numbers: {} })));

test("both languages say the same things, of the same number of arguments", () => {
  expect([...german!.keys()].sort()).toEqual([...english!.keys()].sort());
  for (const [path, value] of english!) {
    const other = german!.get(path);
    expect(typeof other, path).toBe(typeof value);
    if (isFunction(value) && isFunction(other)) expect(other.length, path).toBe(value.length);
  }
});

test("nothing is empty, and nothing says undefined", () => {
  for (const [path, value] of [...english!, ...german!]) {
    const spoken = read(value);
    expect(spoken, path).toMatch(/\S/);
    expect(spoken, path).not.toMatch(/undefined|NaN|\[object/);
  }
});

test("nothing is left untranslated, but for words that both languages share", () => {
  const alike = [...english!]
    .filter(([path, value]) => read(value) === read(german!.get(path)!))
    .map(([path]) => path);
  expect(alike.sort()).toEqual(SHARED.sort());
});
