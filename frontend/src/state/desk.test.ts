import "fake-indexeddb/auto";

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Database } from "./database";
import { Desk } from "./desk";
import { NOTHING, received } from "./held";
import { Outbox } from "./outbox";
import { packetOf } from "./packet.fixture";
import { sessionStorageOf } from "./storage.fixture";

const anna = { id: "anna", name: "Anna" };
const plain = { kind: "void" as const, accepted_suggestion: false };
const never = () => new Promise<never>(() => undefined);

let storage: Map<string, string>;
let database: Database;
let count = 0;

beforeEach(async () => {
  storage = new Map([["stal-desk:anna:demo", "desk"]]);
  vi.stubGlobal("sessionStorage", sessionStorageOf(storage));
  vi.stubGlobal("addEventListener", () => undefined);
  vi.stubGlobal("removeEventListener", () => undefined);
  vi.stubGlobal("fetch", never); // nobody answers: what the browser keeps is all there is
  count += 1;
  database = await Database.open(`desk-${count}`);
  const held = received(NOTHING, packetOf("1", "a", "b", "c"));
  await database.keep({ id: "desk", user_id: "anna", slug: "demo", version: 1, held });
});

afterEach(() => {
  database.close();
  vi.unstubAllGlobals();
});

async function opened(): Promise<Desk> {
  const outbox = new Outbox(database, anna, { put: never, undo: never, me: never }, () => undefined);
  const desk = await Desk.open(database, outbox, "demo");
  desk.start();
  desk.stop(); // neither timers nor listeners are needed here
  return desk;
}

const todo = (desk: Desk) => desk.getState().held.todo.map(({ query }) => query.id);
const entries = async () =>
  (await database.entries()).map(({ query_id, lease_token, answer }) => [
    query_id,
    lease_token,
    answer?.kind,
  ]);

test("a draft that is kept while the page goes away is there after the reload", async () => {
  const desk = await opened();
  const keep = vi.spyOn(database, "keep").mockImplementation(never); // IndexedDB does not get to it any more
  desk.keepDraft("0x3");
  keep.mockRestore();
  const next = await opened();
  expect(next.getState().current).toMatchObject({ draft: "0x3", query: { id: "a" } });
});

test("several answers leave at once, and the rest stays", async () => {
  const desk = await opened();
  const said = ["c", "a", "unknown"].map((queryId) => ({ queryId, said: plain }));
  desk.answerAll(said, new Set(["b"]));
  expect(todo(desk)).toEqual(["b"]);
  await vi.waitFor(async () => {
    expect(await entries()).toEqual([
      ["a", "token of 1", "void"],
      ["c", "token of 1", "void"],
    ]);
  });
  expect((await database.desk("desk"))?.held.todo.map(({ query }) => query.id)).toEqual(["b"]);
});

test("an answer given anew waits like others, without a lease, and moves nothing", async () => {
  const desk = await opened();
  desk.answer(plain);
  desk.reanswer("a", { ...plain, kind: "unsure" }, { seconds: 1.234, revision: 1 });
  desk.reanswer("of another day", plain, { seconds: 1, revision: 4 });
  expect([todo(desk), desk.getState().held.done[0]?.answer?.kind]).toEqual([["b", "c"], "unsure"]);
  await vi.waitFor(async () => {
    expect(await entries()).toEqual([
      ["a", "token of 1", "void"],
      ["a", null, "unsure"],
      ["of another day", null, "void"],
    ]);
  });
});

test("a correction that was begun is there after a reload, and leaves with its answer", async () => {
  const desk = await opened();
  desk.keepCorrection("of another day", "0x3");
  await vi.waitFor(async () => {
    expect((await database.desk("desk"))?.held.corrections).toEqual({ "of another day": "0x3" });
  });
  const next = await opened();
  expect(next.getState().held.corrections).toEqual({ "of another day": "0x3" });
  next.reanswer("of another day", plain, { seconds: 1, revision: 1 });
  await vi.waitFor(async () => {
    expect((await database.desk("desk"))?.held.corrections).toEqual({});
    expect(await entries()).toEqual([["of another day", null, "void"]]);
  });
});
