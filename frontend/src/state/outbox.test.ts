import "fake-indexeddb/auto";

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Unreachable } from "../api/problem";
import type { AnswerReceipt } from "../api/types";
import { Database, type NewEntry } from "./database";
import { Outbox, type Delivery } from "./outbox";
import { anna, answer, desk, problem, RECEIPT, said, Service } from "./outbox.fixture";

let database: Database;
let service: Service;
let outbox: Outbox;
let network: { onLine: boolean };
let count = 0;
const onOtherSession = vi.fn();

beforeEach(async () => {
  const events = new EventTarget();
  network = { onLine: true };
  vi.stubGlobal("navigator", network);
  vi.stubGlobal("addEventListener", events.addEventListener.bind(events));
  vi.stubGlobal("removeEventListener", events.removeEventListener.bind(events));
  vi.stubGlobal("dispatchEvent", events.dispatchEvent.bind(events));
  onOtherSession.mockReset();
  count += 1;
  database = await Database.open(`outbox-${count}`);
  service = new Service();
  outbox = new Outbox(database, anna, service, onOtherSession);
});

afterEach(async () => {
  await outbox.stop();
  database.close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const entriesOf = async (userId: string) =>
  (await database.entries()).filter((entry) => entry.user_id === userId);
const settled = (phase: string) => vi.waitFor(() => expect(outbox.getState().phase).toBe(phase));

test("everything said is sent in its order and then forgotten", async () => {
  await database.keep(desk, [said("a", 1)]);
  await database.keep(desk, [said("b", 2)]);
  outbox.start();
  await vi.waitFor(() => expect(service.heard).toEqual(["put a 1", "put b 2"]));
  await settled("idle");
  expect(await entriesOf("anna")).toEqual([]);
});

test("offline nothing is tried, and all is sent when the network is back", async () => {
  network.onLine = service.isThere = false;
  await database.keep(desk, [said("a", 1)]);
  outbox.start();
  await vi.waitFor(() => expect(outbox.getState()).toMatchObject({ phase: "offline", waiting: 1 }));
  expect(service.heard).toEqual([]);
  network.onLine = service.isThere = true;
  globalThis.dispatchEvent(new Event("online"));
  await vi.waitFor(() => expect(service.heard).toEqual(["put a 1"]));
});

test("a service on this machine is there without any network", async () => {
  network.onLine = false;
  await database.keep(desk, [said("a", 1)]);
  outbox.start();
  await vi.waitFor(() => expect(service.heard).toEqual(["put a 1"]));
});

test("an answer that never left is taken back without a word", async () => {
  network.onLine = service.isThere = false;
  await database.keep(desk, [said("a", 1)]);
  await database.keep(desk, [said("a", null)]);
  expect(await entriesOf("anna")).toEqual([]);
});

test("an answer whose receipt was lost is taken back by a message, in its turn", async () => {
  await database.keep(desk, [said("a", 1)]);
  service.troubles.push(new Unreachable());
  outbox.start();
  await settled("waiting");
  await database.keep(desk, [said("a", null)]);
  await database.keep(desk, [said("a", 2)]);
  outbox.wake();
  await vi.waitFor(() => expect(service.heard).toEqual(["put a 1", "undo a", "put a 2"]));
});

test("a service that is away is asked again, later and later", async () => {
  await database.keep(desk, [said("a", 1)]);
  service.troubles.push(...[503, 503].map((status) => problem("database_unavailable", status)));
  const waits = vi.spyOn(globalThis, "setTimeout");
  outbox.start();
  await settled("waiting");
  expect(outbox.getState().waiting).toBe(1);
  for (const delay of [1_000, 2_000]) {
    await vi.waitFor(() => {
      const [retry] = waits.mock.calls.filter(([, wait]) => wait === delay).at(-1)!;
      retry();
    });
    await settled(delay === 1_000 ? "waiting" : "idle");
  }
  expect(service.heard).toEqual(["put a 1"]);
  waits.mockRestore();
});

test("a refused answer is shown with its reason, and holds up no other", async () => {
  const deliveries: Delivery[] = [];
  outbox.onDelivery((delivery) => deliveries.push(delivery));
  await database.keep(desk, [said("a", 1)]);
  await database.keep(desk, [said("b", 2)]);
  service.troubles.push(problem("illegal_transition", 409));
  outbox.start();
  await vi.waitFor(() => expect(service.heard).toEqual(["put b 2"]));
  await settled("idle");
  const { refused, waiting } = outbox.getState();
  expect([refused.map((entry) => entry.refused?.code), waiting]).toEqual([["illegal_transition"], 0]);
  expect(deliveries.map((delivery) => "refusal" in delivery)).toEqual([true, false]);
  for (const entry of refused) await outbox.dismiss(entry);
  expect(outbox.getState().refused).toEqual([]);
});

test("what is said next is said about the newest receipt", async () => {
  const anew = (class_id: number): NewEntry => ({
    ...said("a", class_id),
    lease_token: null,
    answer: { ...answer(class_id), revision: 0 },
  });
  await database.keep(desk, [anew(1), anew(2)]);
  outbox.start();
  await vi.waitFor(() => expect(service.heard).toEqual(["put a 1 at 0", "put a 2 at 1"]));
});

test("taking back what was given anew takes back the answer before it, too", async () => {
  network.onLine = service.isThere = false;
  await database.keep(desk, [{ ...said("a", 1), lease_token: null }]);
  await database.keep(desk, [said("a", null)]);
  expect((await database.entries()).map((entry) => entry.answer)).toEqual([null]);
});

test("stopping waits for the receipt that is on its way, and forgets the answer it is for", async () => {
  let receive: (receipt: AnswerReceipt) => void = () => undefined;
  const put = vi.fn(() => new Promise<AnswerReceipt>((resolve) => (receive = resolve)));
  const slow = new Outbox(database, anna, { put, undo: service.undo, me: service.me }, onOtherSession);
  await database.keep(desk, [said("a", 1), said("b", 1)]);
  slow.start();
  await vi.waitFor(() => expect(put).toHaveBeenCalledOnce());
  const stopped = slow.stop();
  receive(RECEIPT);
  await stopped;
  expect((await database.entries()).map((entry) => entry.query_id)).toEqual(["b"]);
});

test("taking back what the server never had is no trouble to anybody", async () => {
  await database.keep(desk, [said("a", null)]);
  service.troubles.push(problem("not_found", 404));
  outbox.start();
  await vi.waitFor(async () => expect(await entriesOf("anna")).toEqual([]));
  await settled("idle");
  expect(outbox.getState().refused).toEqual([]);
});
