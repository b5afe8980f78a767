import { expect, test } from "vitest";
import type { PeopleView } from "../../../api/types";
import { biasInWords, intervalInWords } from "./bias";

type Count = readonly [agreeing: number, answers: number];

function people(shown: Count, hidden: Count, bias: readonly [number, number, number] | null): PeopleView {
  const [difference, low, high] = bias ?? [null, null, null];
  const agreement = ([agreeing, answers]: Count) => ({ agreeing, answers });
  return {
    items: [],
    total: {
      user_id: null,
      name: null,
      email: null,
      answers: shown[1] + hidden[1],
      active_seconds: 0,
      answers_per_minute: null,
      label_maps: 0,
      void: 0,
      unsure: 0,
      bad_query: 0,
      opinions: 0,
      accepted_suggestions: 0,
      accepted_share: null,
      shown: agreement(shown),
      hidden: agreement(hidden),
      last_answer_at: null,
    },
    automation_bias: { difference, low, high, shown_answers: shown[1], hidden_answers: hidden[1] },
  };
}

test("a difference is told in points, with what follows from its interval", () => {
  expect(biasInWords(people([910, 1000], [166, 200], [0.08, 0.02, 0.14]))).toBe(
    "With the suggestion in sight people agree with it in 91\u202f% of regions, without it in 83\u202f%: 8 points more (95\u202f% interval 2 to 14). Seeing it sways them.",
  );
  expect(biasInWords(people([84, 100], [83, 100], [0.01, -0.09, 0.11]))).toMatch(
    /: 1 point more \(95\u202f% interval −9 to 11\)\. That may be chance/,
  );
  expect(biasInWords(people([70, 100], [95, 100], [-0.25, -0.35, -0.15]))).toMatch(
    /: 25 points fewer \(95\u202f% interval −35 to −15\)\. Seeing it makes them doubt it/,
  );
});

test("without answers of both kinds, or with few, nothing is claimed", () => {
  expect(biasInWords(people([150, 160], [0, 0], null))).toBe(
    "Not known yet: 0 answers with hidden suggestions; some 100 are needed.",
  );
  expect(biasInWords(people([9, 10], [1, 1], [-0.1, -0.4, 0.65]))).toBe(
    "Not known yet: 1 answer with hidden suggestions and 10 with suggestions in sight; some 100 of each are needed.",
  );
});

test("the picture of the interval says whether zero is in it", () => {
  expect(intervalInWords({ difference: 0.001, low: -0.049, high: 0.05 })).toBe(
    "Difference of 0 points, 95 % interval from −5 to 5; 0 is inside it",
  );
  expect(intervalInWords({ difference: 0.08, low: 0.02, high: 0.14 })).toMatch(/0 is outside it$/);
});
