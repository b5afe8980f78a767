import "fake-indexeddb/auto";

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Database, type DeskRecord, type NewEntry } from "./database";
import { NOTHING } from "./held";
import { Journal, recovered } from "./journal";
import { sessionStorageOf } from "./storage.fixture";

const record = (version: number): DeskRecord => ({
  id: "desk",
  user_id: "anna",
  slug: "demo",
  version,
  held: NOTHING,
});
const said = (query_id: string): NewEntry => ({
  user_id: "anna",
  user_name: "Anna",
  query_id,
  lease_token: "token",
  answer: { kind: "void", seconds: 1, accepted_suggestion: false },
});

let database: Database;
let journal: Journal;
let storage: Map<string, string>;
let count = 0;

beforeEach(async () => {
  storage = new Map();
  vi.stubGlobal("sessionStorage", sessionStorageOf(storage));
  count += 1;
  journal = new Journal("desk");
  database = await Database.open(`journal-${count}`);
});

afterEach(() => {
  database.close();
  vi.unstubAllGlobals();
});

const outbox = async () => (await database.entries()).map((entry) => entry.query_id);

test("writes that a reload undid are made again, in their order", async () => {
  journal.note(record(1), [said("a")]);
  journal.note(record(2), [said("b")]);
  expect(await recovered(database, "desk")).toEqual(record(2));
  expect(await outbox()).toEqual(["a", "b"]);
  expect(storage.size).toBe(0);
});

test("a write that came through is not made twice, although nobody noted that it did", async () => {
  journal.note(record(1), [said("a")]);
  await database.keep(record(1), [said("a")]);
  journal.note(record(2), [said("b")]);
  expect(await recovered(database, "desk")).toEqual(record(2));
  expect(await outbox()).toEqual(["a", "b"]);
  await recovered(database, "desk");
  expect(await outbox()).toEqual(["a", "b"]);
});

test("what IndexedDB has is forgotten, and only that", async () => {
  journal.note(record(1), [said("a")]);
  journal.note(record(2), [said("b")]);
  await database.keep(record(1), [said("a")]);
  journal.forget(1);
  expect(storage.size).toBe(1);
  await database.keep(record(2), [said("b")]);
  journal.forget(2);
  expect(storage.size).toBe(0);
  expect(await recovered(database, "desk")).toEqual(record(2));
});

test("a full session storage does not get in the way", () => {
  vi.stubGlobal("sessionStorage", {
    getItem: () => null,
    setItem: () => {
      throw new DOMException("full", "QuotaExceededError");
    },
    removeItem: () => undefined,
  });
  expect(() => journal.note(record(1), [said("a")])).not.toThrow();
});
