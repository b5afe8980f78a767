import "fake-indexeddb/auto";

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Database } from "./database";
import { Outbox, type Delivery } from "./outbox";
import { anna, desk, otto, problem, said, Service } from "./outbox.fixture";

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
  database = await Database.open(`outbox-people-${count}`);
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

test("another person's answers wait for them", async () => {
  await database.keep(desk, [said("a", 1, "otto")]);
  await database.keep(desk, [said("b", 2)]);
  outbox.start();
  await vi.waitFor(() => expect(service.heard).toEqual(["put b 2"]));
  expect(await entriesOf("otto")).toHaveLength(1);
});

test("an ended session keeps the answer and asks to sign in", async () => {
  await database.keep(desk, [said("a", 1)]);
  service.troubles.push(problem("unauthenticated", 401));
  outbox.start();
  await settled("signed_out");
  expect(onOtherSession).toHaveBeenCalledOnce();
  expect(await entriesOf("anna")).toHaveLength(1);
});

test("what waits of others is told, and whose it is", async () => {
  await database.keep(desk, [said("a", 1, "otto"), said("b", 1, "otto")]);
  outbox.start();
  await vi.waitFor(() => {
    expect(outbox.getState().others).toEqual([{ user_id: "otto", user_name: "otto", count: 2 }]);
  });
});

test("nobody is refused their answers because another person has signed in", async () => {
  await database.keep(desk, [said("a", 1)]);
  service.troubles.push(problem("forbidden", 403));
  service.user = otto;
  outbox.start();
  await settled("signed_out");
  expect(onOtherSession).toHaveBeenCalledWith(otto);
  expect(outbox.getState()).toMatchObject({ waiting: 1, refused: [] });
});

test("an answer given anew, which no lease protects, is never sent as another person's", async () => {
  await database.keep(desk, [{ ...said("a", 1), lease_token: null }]);
  service.user = otto;
  outbox.start();
  await settled("signed_out");
  expect(service.heard).toEqual([]);
  service.user = { ...otto, ...anna };
  outbox.wake();
  await vi.waitFor(() => expect(service.heard).toEqual(["put a 1"]));
});

test("a tab hears what another one delivered", async () => {
  const other = new Outbox(database, anna, service, onOtherSession);
  outbox.start();
  await settled("idle");
  const heard = new Promise<Delivery>((resolve) => outbox.onDelivery(resolve));
  await database.keep(desk, [said("a", 1)]);
  other.start();
  expect((await heard).entry.query_id).toBe("a");
  await other.stop();
});
