import { expect, test } from "vitest";
import { judged, scoreOf, type Given, type Truth } from "./practice";

const truthOf = (...pixels: number[]): Truth => {
  const known = pixels.filter((one) => one !== 255);
  const sizeOf = (classId: number) => known.filter((one) => one === classId).length;
  const [dominant] = [...known].sort((one, other) => sizeOf(other) - sizeOf(one));
  return { pixels: Uint8Array.from(pixels), dominant: dominant! };
};
const drawn = (...pixels: number[]): Given => ({ pixels: Uint8Array.from(pixels) });

test("one class for all of it is right where most of it is that", () => {
  const pure = truthOf(3, 3, 3, 255);
  expect(judged(pure, { classId: 3 })).toEqual({ outcome: "right", share: 1, mistake: null, wrong: null });
  const mixed = truthOf(3, 3, 3, 1);
  expect(judged(mixed, { classId: 3 })).toMatchObject({ outcome: "right", share: 0.75 });
  expect(judged(mixed, { classId: 1 })).toEqual({
    outcome: "wrong",
    share: 0.25,
    mistake: { known: 3, given: 1 },
    wrong: null,
  });
});

test("a drawing is right from nine tenths of the known pixels on", () => {
  const truth = truthOf(1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 255, 255);
  const nine = drawn(1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 7, 255);
  expect(judged(truth, nine)).toMatchObject({ outcome: "right", share: 0.9, mistake: null });
  expect([...(judged(truth, nine).wrong ?? [])]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0]);
  const eight = judged(truth, drawn(1, 1, 1, 1, 1, 1, 2, 2, 1, 1, 1, 1));
  expect(eight).toMatchObject({ outcome: "partly", share: 0.8, mistake: { known: 2, given: 1, times: 2 } });
});

test("void drawn on what is known is wrong, and what is void in truth asks for nothing", () => {
  const truth = truthOf(4, 4, 255, 255);
  expect(judged(truth, drawn(255, 255, 4, 255))).toMatchObject({
    outcome: "wrong",
    share: 0,
    mistake: { known: 4, given: 255 },
  });
  expect(judged(truth, drawn(4, 4, 9, 255)).outcome).toBe("right");
});

test("who says no class has not answered", () => {
  expect(judged(truthOf(1), null)).toEqual({ outcome: "unanswered", share: 0, mistake: null, wrong: null });
});

test("the score counts by class, and says what was taken for what", () => {
  const of = (truth: Truth, given: Given) => ({ truth, verdict: judged(truth, given) });
  const score = scoreOf([
    of(truthOf(1), { classId: 1 }),
    of(truthOf(1), { classId: 2 }),
    of(truthOf(1), { classId: 2 }),
    of(truthOf(5), { classId: 1 }),
    of(truthOf(2), null),
  ]);
  expect(score).toEqual({
    right: 1,
    asked: 5,
    unanswered: 1,
    classes: [
      { classId: 1, right: 1, asked: 3 },
      { classId: 2, right: 0, asked: 1 },
      { classId: 5, right: 0, asked: 1 },
    ],
    mistakes: [
      { known: 1, given: 2, times: 2 },
      { known: 5, given: 1, times: 1 },
    ],
  });
  expect(scoreOf([])).toMatchObject({ right: 0, asked: 0, classes: [], mistakes: [] });
});
