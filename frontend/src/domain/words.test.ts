import { expect, test } from "vitest";
import { short } from "./words";

test("a count is whole while there is room, and has three figures after that", () => {
  expect([0, 9999, 10_000, 123_456, 999_400, 4_560_000].map(short)).toEqual([
    "0",
    "9,999",
    "10.0\u202fk",
    "123\u202fk",
    "999\u202fk",
    "4.56\u202fM",
  ]);
});
