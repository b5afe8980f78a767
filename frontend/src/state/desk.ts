/** One person's labelling in one tab: leases packets, hands out one query at a time, keeps every answer. */

import * as labelling from "../api/labelling";
import { messageOf } from "../api/problem";
import type { NewAnswer } from "../api/types";
import { ActiveClock } from "../domain/active-clock";
import type { Database, DeskRecord, NewEntry } from "./database";
import * as steps from "./held";
import type { Held, Item } from "./held";
import * as journal from "./journal";
import { ImageShelf } from "./image-shelf";
import { stillOpen } from "./leases";
import type { Delivery, Outbox } from "./outbox";
import { deskOfThisTab } from "./tab";

const PACKET_SIZE = 10;
/** So many queries left, and the next packet is fetched. */
const LOW = 4;
const HEARTBEAT_MS = 60_000;
/** Whoever shows no sign of life for so long lets the lease run out, so that others can go on. */
const AWAY_MS = 300_000;
const LOOK_AGAIN_MS = 15_000;

export type Said = Omit<NewAnswer, "seconds" | "revision">;

export interface DeskState {
  readonly phase: "loading" | "working" | "empty" | "failed";
  readonly held: Held;
  readonly current: Item | null;
  /** Something that happened and that the person should know. */
  readonly notice: string | null;
  readonly error: string | null;
}

export class Desk {
  readonly images = new ImageShelf();
  readonly #database: Database;
  readonly #outbox: Outbox;
  readonly #place: Omit<DeskRecord, "held" | "version">;
  readonly #listeners = new Set<() => void>();
  #held: Held;
  #version: number;
  #state: DeskState;
  #clock = new ActiveClock(Date.now());
  #lastTouch = Date.now();
  #leasing = false;
  #exhausted = false;
  #stops: (() => void)[] = [];

  private constructor(database: Database, outbox: Outbox, record: DeskRecord) {
    const { held, version, ...place } = record;
    this.#database = database;
    this.#outbox = outbox;
    this.#place = place;
    this.#held = held;
    this.#version = version;
    this.#state = { phase: "loading", held, current: held.todo[0] ?? null, notice: null, error: null };
  }

  /** The desk of this tab, as it was left. */
  static async open(database: Database, outbox: Outbox, userId: string, slug: string): Promise<Desk> {
    return new Desk(database, outbox, await deskOfThisTab(database, userId, slug));
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly getState = (): DeskState => this.#state;

  start(): void {
    const beat = setInterval(() => void this.#keepLeases(), HEARTBEAT_MS);
    const look = setInterval(() => {
      if (this.#state.phase !== "working") this.lookAgain();
    }, LOOK_AGAIN_MS);
    const online = () => this.lookAgain();
    globalThis.addEventListener("online", online);
    this.#stops = [
      () => clearInterval(beat),
      () => clearInterval(look),
      () => globalThis.removeEventListener("online", online),
      this.#outbox.onDelivery((delivery) => this.#delivered(delivery)),
    ];
    this.#begin();
    void this.#keepLeases();
    void this.#fill();
  }

  stop(): void {
    for (const stop of this.#stops) stop();
    this.#stops = [];
  }

  /** A sign of life: this time counts as work. */
  touch(): void {
    this.#lastTouch = Date.now();
    this.#clock.touch(this.#lastTouch);
  }

  /** Answer the query at hand and go on to the next. */
  answer(said: Said): void {
    const { current } = this.#state;
    if (current === null) return;
    const seconds = this.#seconds();
    const answer: NewAnswer = { ...said, seconds, revision: current.query.revision };
    this.#move(steps.answered(this.#held, answer), this.#entry(current, answer));
  }

  /** Leave the query at hand for later; no answer is made. */
  skip(): void {
    if (this.#held.todo.length < 2) return this.#show({ notice: "This is the only region left to answer." });
    this.#move(steps.skipped(this.#held, this.#seconds()));
  }

  /** Take the newest answer back. */
  back(): void {
    const last = this.#held.done.at(-1);
    if (last === undefined) return this.#show({ notice: "There is no answer to go back to." });
    this.#move(
      steps.wentBack(steps.touched(this.#held, { seconds: this.#seconds() })),
      this.#entry(last, null),
    );
    void this.#keepLeases();
  }

  /** Keep a split that has begun, so that a reload finds it. */
  keepDraft(draft: string | null): void {
    this.#held = steps.touched(this.#held, { draft, seconds: this.#seconds() });
    this.#clock = new ActiveClock(Date.now(), this.#held.todo[0]?.seconds);
    this.#show({});
    void this.#keep();
  }

  /** Only `roundId` takes answers now; null: none does. */
  roundIs(roundId: string | null): void {
    const ended = new Set(this.#held.todo.concat(this.#held.done).map((item) => item.lease.round_id));
    ended.delete(roundId ?? "");
    this.#exhausted = false;
    if (ended.size > 0) this.#move([...ended].reduce(steps.withoutRound, this.#held));
    else void this.#fill();
  }

  /** There may be something to lease again. */
  lookAgain(): void {
    this.#exhausted = false;
    this.#wantImages();
    void this.#fill();
  }

  #seconds(): number {
    return Math.round(this.#clock.read(Date.now()) * 100) / 100;
  }

  #entry(item: Item, answer: NewAnswer | null): NewEntry {
    const { lease_token } = item.lease;
    return { user_id: this.#place.user_id, query_id: item.query.id, lease_token, answer };
  }

  #move(held: Held, said?: NewEntry): void {
    this.#held = held;
    this.#begin();
    this.#show({ notice: null });
    void this.#keep(said);
    void this.#fill();
  }

  #begin(): void {
    this.#clock = new ActiveClock(Date.now(), this.#held.todo[0]?.seconds);
    this.#wantImages();
  }

  #wantImages(): void {
    const near = [...this.#held.todo.slice(0, PACKET_SIZE + LOW), ...this.#held.done.slice(-2)];
    this.images.want(near.flatMap(({ query }) => [query.close_up_url, query.context_url]));
  }

  async #keep(said?: NewEntry): Promise<void> {
    const record = { ...this.#place, version: (this.#version += 1), held: this.#held };
    journal.note(record, said);
    try {
      await this.#database.keep(record, said);
      journal.forget(record.id, record.version);
      if (said !== undefined) this.#outbox.wake();
    } catch (error) {
      this.#show({ notice: `This browser could not keep the answer: ${messageOf(error)}` });
    }
  }

  async #fill(): Promise<void> {
    if (this.#leasing || this.#exhausted || this.#held.todo.length > LOW) {
      this.#show({});
      return;
    }
    this.#leasing = true;
    this.#show({});
    let error: string | null = null;
    try {
      const packet = await labelling.leasePacket(this.#place.slug, PACKET_SIZE);
      this.#exhausted = packet === null;
      if (packet !== null) this.#held = steps.received(this.#held, packet);
    } catch (problem) {
      error = messageOf(problem);
    }
    this.#leasing = false;
    if (this.#state.current === null) this.#begin();
    this.#wantImages();
    this.#show({ error });
    await this.#keep();
  }

  async #keepLeases(): Promise<void> {
    if (Date.now() - this.#lastTouch > AWAY_MS) return;
    for (const lease of steps.leasesAtWork(this.#held)) {
      const unsent = (await this.#database.entries(this.#place.user_id)).map((entry) => entry.query_id);
      const open = await stillOpen(lease);
      if (open === null) continue;
      const held = steps.narrowed(this.#held, lease.packet_id, new Set([...open, ...unsent]));
      if (held.todo.length < this.#held.todo.length) this.#move(held);
    }
  }

  #delivered(delivery: Delivery): void {
    const queryId = delivery.entry.query_id;
    if ("receipt" in delivery) {
      this.#held = steps.revised(this.#held, queryId, delivery.receipt.revision);
      const opinion = "kept_as" in delivery.receipt && delivery.receipt.kept_as === "opinion";
      const late = opinion && delivery.entry.answer?.kind !== "unsure";
      this.#show(
        late
          ? { notice: "Somebody else answered that region first; yours is kept as a second opinion." }
          : {},
      );
      return;
    }
    if (delivery.refusal.code !== "illegal_transition") return this.#show({});
    const lost = this.#held.done.concat(this.#held.todo).find((item) => item.query.id === queryId);
    if (lost !== undefined) this.#move(steps.withoutRound(this.#held, lost.lease.round_id));
  }

  #show(change: Partial<Pick<DeskState, "notice" | "error">>): void {
    const current = this.#held.todo[0] ?? null;
    const next = { ...this.#state, ...change };
    const idle = this.#exhausted ? "empty" : next.error !== null && !this.#leasing ? "failed" : "loading";
    this.#state = { ...next, held: this.#held, current, phase: current === null ? idle : "working" };
    for (const listener of this.#listeners) listener();
  }
}
