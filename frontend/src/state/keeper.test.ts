import "fake-indexeddb/auto";

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Database, type DeskRecord, type NewEntry } from "./database";
import { NOTHING } from "./held";
import { recovered } from "./journal";
import { Keeper } from "./keeper";
import { sessionStorageOf } from "./storage.fixture";

const record: DeskRecord = { id: "desk", user_id: "anna", slug: "demo", version: 0, held: NOTHING };
const said = (query_id: string): NewEntry => ({
  user_id: "anna",
  user_name: "Anna",
  query_id,
  lease_token: "token",
  answer: { kind: "void", seconds: 1, accepted_suggestion: false },
});

let database: Database;
let keeper: Keeper;
let storage: Map<string, string>;
let count = 0;

beforeEach(async () => {
  storage = new Map();
  vi.stubGlobal("sessionStorage", sessionStorageOf(storage));
  count += 1;
  database = await Database.open(`keeper-${count}`);
  keeper = new Keeper(database, record);
});

afterEach(() => {
  database.close();
  vi.unstubAllGlobals();
});

const outbox = async () => (await database.entries()).map((entry) => entry.query_id);

test("several answers and the desk are written together, and then noted nowhere else", async () => {
  const written = keeper.keep(NOTHING, [said("a"), said("b")]);
  expect(storage.size).toBe(1);
  await written;
  expect([await outbox(), (await database.desk("desk"))?.version, storage.size]).toEqual([["a", "b"], 1, 0]);
});

test("what the browser did not write is written with the next, in its order", async () => {
  vi.spyOn(database, "keep").mockRejectedValueOnce(new DOMException("full", "QuotaExceededError"));
  await expect(keeper.keep(NOTHING, [said("a")])).rejects.toThrow("full");
  await keeper.keep(NOTHING, [said("b")]);
  expect([await outbox(), storage.size]).toEqual([["a", "b"], 0]);
});

test("what the browser did not write is found after a reload", async () => {
  vi.spyOn(database, "keep").mockRejectedValueOnce(new DOMException("full", "QuotaExceededError"));
  await expect(keeper.keep(NOTHING, [said("a")])).rejects.toThrow("full");
  expect((await recovered(database, "desk"))?.version).toBe(1);
  expect(await outbox()).toEqual(["a"]);
});
