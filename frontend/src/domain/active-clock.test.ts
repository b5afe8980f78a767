import { expect, test } from "vitest";
import { ActiveClock } from "./active-clock";

test("a pause counts 15 seconds, however long it was", () => {
  const clock = new ActiveClock(1_000);
  clock.touch(3_000); // 2 s
  clock.touch(603_000); // a telephone call
  expect(clock.read(604_500)).toBe(2 + 15 + 1.5);
});

test("coming back to a region adds to what it took before", () => {
  expect(new ActiveClock(0, 4.5).read(500)).toBe(5);
});
