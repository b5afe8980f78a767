import "fake-indexeddb/auto";

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ApiProblem, Unreachable } from "../api/problem";
import type { AnswerReceipt, NewAnswer, UserView } from "../api/types";
import { Database, type NewEntry } from "./database";
import { NOTHING } from "./held";
import { Outbox, type Delivery } from "./outbox";

const RECEIPT: AnswerReceipt = { query_id: "", kept_as: "answer", query_state: "resolved", revision: 1 };
const desk = { id: "desk", user_id: "anna", slug: "demo", version: 1, held: NOTHING };
const answer = (class_id: number): NewAnswer => ({
  kind: "label_map",
  class_id,
  seconds: 1,
  accepted_suggestion: false,
});
const anna = { id: "anna", name: "Anna" };
const said = (query_id: string, class_id: number | null, user_id = "anna"): NewEntry => ({
  user_id,
  user_name: user_id,
  query_id,
  lease_token: "token",
  answer: class_id === null ? null : answer(class_id),
});

/** The other end of the line: what arrived, and what it says to the next calls. */
class Service {
  readonly heard: string[] = [];
  readonly troubles: Error[] = [];

  /** Whose session it is. */
  user: UserView | null = { ...anna, email: "", role: "annotator", is_active: true, created_at: "" };

  readonly me = () => Promise.resolve(this.user);
  readonly put = (queryId: string, _token: string | null, said: NewAnswer): Promise<AnswerReceipt> =>
    this.#hear(`put ${queryId} ${said.class_id ?? said.kind}`);
  readonly undo = (queryId: string) =>
    this.#hear(`undo ${queryId}`).then(({ query_id }) => ({
      query_id,
      query_state: "open" as const,
      revision: 2,
      packet_id: "packet",
    }));

  #hear(what: string): Promise<AnswerReceipt> {
    const trouble = this.troubles.shift();
    if (trouble !== undefined) return Promise.reject(trouble);
    this.heard.push(what);
    return Promise.resolve(RECEIPT);
  }
}

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

test("another person's answers wait for them", async () => {
  await database.keep(desk, [said("a", 1, "otto")]);
  await database.keep(desk, [said("b", 2)]);
  outbox.start();
  await vi.waitFor(() => expect(service.heard).toEqual(["put b 2"]));
  expect(await entriesOf("otto")).toHaveLength(1);
});

test("offline nothing is tried, and all is sent when the network is back", async () => {
  network.onLine = false;
  await database.keep(desk, [said("a", 1)]);
  outbox.start();
  await vi.waitFor(() => expect(outbox.getState()).toMatchObject({ phase: "offline", waiting: 1 }));
  expect(service.heard).toEqual([]);
  network.onLine = true;
  globalThis.dispatchEvent(new Event("online"));
  await vi.waitFor(() => expect(service.heard).toEqual(["put a 1"]));
});

test("an answer that never left is taken back without a word", async () => {
  network.onLine = false;
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

test("an ended session keeps the answer and asks to sign in", async () => {
  await database.keep(desk, [said("a", 1)]);
  service.troubles.push(problem("unauthenticated", 401));
  outbox.start();
  await settled("signed_out");
  expect(onOtherSession).toHaveBeenCalledOnce();
  expect(await entriesOf("anna")).toHaveLength(1);
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

test("taking back what the server never had is no trouble to anybody", async () => {
  await database.keep(desk, [said("a", null)]);
  service.troubles.push(problem("not_found", 404));
  outbox.start();
  await vi.waitFor(async () => expect(await entriesOf("anna")).toEqual([]));
  await settled("idle");
  expect(outbox.getState().refused).toEqual([]);
});

function problem(code: string, status: number): ApiProblem {
  return new ApiProblem({ code, status, detail: code });
}
