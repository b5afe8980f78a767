import { expect, test } from "vitest";
import { numbersIn } from "./words";

const [en, de] = [numbersIn("en-GB"), numbersIn("de")];

test("a count is whole while there is room, and has three figures after that", () => {
  expect([0, 9999, 10_000, 123_456, 999_400, 4_560_000].map(en.short)).toEqual([
    "0",
    "9,999",
    "10.0\u202fk",
    "123\u202fk",
    "999\u202fk",
    "4.56\u202fM",
  ]);
  expect(de.short(4_560_000)).toBe("4,56\u202fM");
});

test("numbers are written as the language writes them", () => {
  expect([en.percent(0.1234), de.percent(0.1234)]).toEqual(["12.3\u202f%", "12,3\u202f%"]);
  expect([en.percent(null), de.percent(undefined)]).toEqual(["–", "–"]);
  expect([en.count(1234), de.count(1234)]).toEqual(["1,234", "1.234"]);
  expect([en.duration(0.2), en.duration(90), de.duration(5400)]).toEqual(["1 s", "2 min", "1,5 h"]);
});

test("what is counted takes the form of its number", () => {
  expect([0, 1, 2].map((count) => en.counted(count, "class", "classes"))).toEqual([
    "0 classes",
    "1 class",
    "2 classes",
  ]);
  expect([1, 2].map((count) => de.counted(count, "Antwort", "Antworten"))).toEqual([
    "1 Antwort",
    "2 Antworten",
  ]);
});
