import { expect, test } from "vitest";
import type { MyAnswer } from "../api/types";
import type { Entry } from "./database";
import { received, NOTHING } from "./held";
import { answer, RECEIPT } from "./outbox.fixture";
import { packetOf } from "./packet.fixture";
import { afterReceipt, isSame, toldOf } from "./told";

const items = received(NOTHING, packetOf("packet", "a", "b", "c")).todo;

function mine(id: string, class_id: number): MyAnswer {
  const query = items.find((item) => item.query.id === id)!.query;
  return {
    ...{ query, round_index: 2, can_change: true, kind: "label_map", class_id, label_map: null, seconds: 3 },
    ...{ accepted_suggestion: false, kept_as: "answer", said_at: "2026-01-01T00:00:00Z" },
  };
}

function entry(query_id: string, class_id: number | null, more: Partial<Entry> = {}): Entry {
  const said = class_id === null ? null : answer(class_id);
  const whose = { user_id: "anna", user_name: "Anna" };
  return {
    seq: 1,
    ...whose,
    query_id,
    lease_token: null,
    answer: said,
    tried: false,
    refused: null,
    ...more,
  };
}

const shown = (...given: Parameters<typeof toldOf>) =>
  toldOf(...given).map(({ query, said, saidAt }) => [query.id, said.class_id, saidAt === null]);

test("what waits lies over what the server has, and what it does not know comes first", () => {
  const entries = [entry("a", 4), entry("b", 5, { lease_token: "x" }), entry("a", 6), entry("elsewhere", 1)];
  expect(shown([mine("c", 1), mine("a", 2)], { entries, items }, new Map())).toEqual([
    ["b", 5, true],
    ["c", 1, false],
    ["a", 6, true],
  ]);
});

test("what was refused or taken back does not count, what was changed just now does", () => {
  const refused = { code: "stale_revision", message: "" };
  const entries = [entry("a", 4, { refused }), entry("b", null)];
  const own = new Map([["c", answer(9)]]);
  expect(shown([mine("a", 1), mine("b", 2), mine("c", 3)], { entries, items }, own)).toEqual([
    ["a", 1, false],
    ["c", 9, true],
  ]);
});

test("a receipt makes the answer the server's, where it stands", () => {
  const after = afterReceipt(
    [mine("a", 1), mine("b", 2)],
    { ...RECEIPT, query_id: "b", revision: 7 },
    answer(8),
    "now",
  );
  expect(after.map(({ query, class_id, said_at }) => [query.id, query.revision, class_id, said_at])).toEqual([
    ["a", 0, 1, "2026-01-01T00:00:00Z"],
    ["b", 7, 8, "now"],
  ]);
});

test("the same is the same, however it is written", () => {
  const said = answer(3);
  expect(isSame(said, { ...said, label_map: null, accepted_suggestion: true })).toBe(true);
  expect(isSame(said, { ...said, class_id: 4 })).toBe(false);
  expect(isSame(said, { kind: "void", accepted_suggestion: false })).toBe(false);
});
