/** One person's labelling in one tab: leases packets, hands out one query at a time, keeps every answer. */

import { messageOf } from "../api/problem";
import type { NewAnswer } from "../api/types";
import { ActiveClock } from "../domain/active-clock";
import type { Saying } from "../words/en";
import type { Database, DeskRecord, NewEntry } from "./database";
import { stateOf, type DeskState, type Said } from "./desk-state";
import { cameLate, entriesOf, entryOf } from "./entries";
import * as steps from "./held";
import type { Held } from "./held";
import { ImageShelf } from "./image-shelf";
import { Keeper } from "./keeper";
import { News } from "./news";
import type { Delivery, Outbox } from "./outbox";
import { Packets, stillOpen, type Wants } from "./packets";
import { pulse } from "./pulse";
import { deskOfThisTab } from "./tab";

/** So many queries left, and the next packet is fetched. */
const LOW = 4;
/** Whoever shows no sign of life for so long lets the lease run out, so that others can go on. */
const AWAY_MS = 300_000;

export type { DeskState, Said };

export class Desk {
  readonly images = new ImageShelf();
  readonly #database: Database;
  readonly #outbox: Outbox;
  readonly #keeper: Keeper;
  readonly #news = new News();
  readonly #packets: Packets;
  readonly #listeners = new Set<() => void>();
  #held: Held;
  #state: DeskState;
  #clock = new ActiveClock(Date.now());
  #lastTouch = Date.now();
  #stops: (() => void)[] = [];

  private constructor(database: Database, outbox: Outbox, record: DeskRecord, wants: Wants) {
    this.#database = database;
    this.#outbox = outbox;
    this.#keeper = new Keeper(database, record);
    this.#packets = new Packets(record.slug, wants, () => outbox.sessionEnded());
    this.#held = record.held;
    this.#state = { ...stateOf(record.held, this.#packets, null), current: null };
  }

  /** The desk of this tab, as it was left. */
  static async open(database: Database, outbox: Outbox, slug: string, wants: Wants = "regions") {
    return new Desk(database, outbox, await deskOfThisTab(database, outbox.user.id, slug), wants);
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly getState = (): DeskState => this.#state;

  start(): void {
    const looking = () => {
      if (this.#state.phase !== "working" || this.images.hasFailed) this.lookAgain();
    };
    this.#stops = [
      pulse({ beat: () => void this.#keepLeases(), look: looking, online: () => this.lookAgain() }),
      this.#outbox.onDelivery((delivery) => this.#delivered(delivery)),
    ];
    this.#begin();
    void this.#keepLeases();
    void this.#fill();
  }

  stop(): void {
    for (const stop of this.#stops) stop();
    this.#packets.stop();
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
    const answer: NewAnswer = { ...said, seconds: this.#seconds(), revision: current.query.revision };
    void this.#move(steps.answered(this.#held, answer), [entryOf(this.#outbox.user, current, answer)]);
  }

  /** Answer several of a contact sheet at once, their time shared evenly; `wrong` are to be answered one by one. */
  answerAll(entries: readonly { queryId: string; said: Said }[], wrong: ReadonlySet<string>): void {
    const said = new Map(entries.map((one) => [one.queryId, one.said]));
    const spent = this.#seconds() - (this.#held.todo[0]?.seconds ?? 0);
    const answers = steps.answersOf(this.#held, said, spent);
    const out = entriesOf(this.#outbox.user, this.#held.todo, answers);
    void this.#move(steps.offSheet(steps.answeredAll(this.#held, answers), wrong), out);
  }

  /** Answer anew what one has answered before, held or not, without a lease; `revision` is as the person saw it. */
  reanswer(queryId: string, said: Said, { seconds, revision }: { seconds: number; revision: number }): void {
    const answer: NewAnswer = { ...said, seconds: steps.rounded(seconds), revision };
    const out = entryOf(this.#outbox.user, { query: { id: queryId }, lease: null }, answer);
    this.#note(steps.reanswered(this.#held, queryId, answer), [out]);
  }

  /** Keep another answer that was begun to a query which is answered already; null: it is given up. */
  keepCorrection(queryId: string, draft: string | null): void {
    if (draft === (this.#held.corrections?.[queryId] ?? null)) return;
    this.#note(steps.corrected(this.#held, queryId, draft));
  }

  /** Leave the query at hand for later; no answer is made. */
  skip(): void {
    if (this.#held.todo.length < 2) return this.#reply(({ label }) => label.notices.onlyOne);
    void this.#move(steps.skipped(this.#held, this.#seconds()));
  }

  /** Take the newest answers back; only once that is on its way the leases are asked about. */
  back(count = 1): void {
    const last = this.#held.done.slice(-count).toReversed();
    if (last.length === 0) return this.#reply(({ label }) => label.notices.nothingToGoBackTo);
    const held = last.reduce(steps.wentBack, steps.touched(this.#held, { seconds: this.#seconds() }));
    const out = last.map((item) => entryOf(this.#outbox.user, item, null));
    void this.#move(held, out).then(() => this.#keepLeases());
  }

  /** Keep a split that has begun: when this returns, a reload finds it. */
  keepDraft(draft: string | null): void {
    this.#note(steps.touched(this.#held, { draft, seconds: this.#seconds() }));
    this.#clock = new ActiveClock(Date.now(), this.#held.todo[0]?.seconds);
  }

  /** Only `roundId` takes answers now; null: none does. */
  roundIs(roundId: string | null): void {
    const ended = steps.otherRounds(this.#held, roundId);
    this.#packets.hope();
    if (ended.length > 0) void this.#move(ended.reduce(steps.withoutRound, this.#held));
    else void this.#fill();
  }

  /** Verify this class next; null: that with most to verify. */
  verify(classId: number | null): void {
    this.#packets.classId = classId;
    this.#packets.hope();
    steps.sheetsOf(this.#held).forEach((lease) => void this.#packets.giveBack(lease));
    void this.#move(steps.withoutSheets(this.#held));
  }

  /** There may be something to lease again. */
  lookAgain(): void {
    this.#packets.hope();
    this.images.want(steps.imagesOf(this.#held));
    void this.#fill();
  }

  #seconds(): number {
    return steps.rounded(this.#clock.read(Date.now()));
  }

  #move(held: Held, said: readonly NewEntry[] = []): Promise<void> {
    this.#held = held;
    this.#begin();
    this.#reply(null);
    const kept = this.#keep(said);
    void this.#fill();
    return kept;
  }

  /** What is at hand stays so. */
  #note(held: Held, said: readonly NewEntry[] = []): void {
    this.#held = held;
    this.#show();
    void this.#keep(said);
  }

  #begin(): void {
    this.#clock = new ActiveClock(Date.now(), this.#held.todo[0]?.seconds);
    this.images.want(steps.imagesOf(this.#held));
  }

  async #keep(said: readonly NewEntry[]): Promise<void> {
    try {
      await this.#keeper.keep(this.#held, said);
      this.#news.trouble(null);
      if (said.length > 0) this.#outbox.wake();
    } catch (error) {
      const why = messageOf(error);
      this.#news.trouble(({ label }) => label.notices.notKept(why));
      this.#show();
    }
  }

  async #fill(): Promise<void> {
    const isSheet = this.#packets.wants === "sheets";
    const isLow = isSheet ? steps.onSheet(this.#held).length === 0 : this.#held.todo.length <= LOW;
    const coming = isLow && this.#packets.mayLease ? this.#packets.lease() : null;
    this.#show();
    const packet = await coming;
    if (packet !== null) {
      const wasIdle = this.#state.current === null;
      this.#held = steps.received(this.#held, packet, isSheet);
      if (wasIdle) this.#begin();
      else this.images.want(steps.imagesOf(this.#held));
      void this.#keep([]);
    }
    if (coming !== null) this.#show();
  }

  async #keepLeases(): Promise<void> {
    if (Date.now() - this.#lastTouch > AWAY_MS) return;
    for (const lease of steps.leasesAtWork(this.#held)) {
      const unsent = (await this.#database.entries()).map((entry) => entry.query_id);
      const open = await stillOpen(lease);
      if (open === null) continue;
      const held = steps.narrowed(this.#held, lease.packet_id, new Set([...open, ...unsent]));
      if (held.todo.length < this.#held.todo.length) void this.#move(held);
    }
  }

  /** Also of what was said in another tab. */
  #delivered(delivery: Delivery): void {
    const { entry } = delivery;
    const item = this.#held.done.concat(this.#held.todo).find(({ query }) => query.id === entry.query_id);
    if ("receipt" in delivery) {
      if (cameLate(delivery) && item !== undefined) this.#news.opinion(Date.now());
      this.#held = steps.revised(this.#held, entry.query_id, delivery.receipt.revision);
      this.#show();
      // The service is there: what else it could not give before, it may have now.
      if (this.#state.phase === "failed" || this.images.hasFailed) this.lookAgain();
    } else if (delivery.refusal.code === "illegal_transition" && item !== undefined) {
      void this.#move(steps.withoutRound(this.#held, item.lease.round_id));
    }
  }

  #reply(said: Saying | null): void {
    this.#news.reply(said);
    this.#show();
  }

  #show(): void {
    this.#state = stateOf(this.#held, this.#packets, this.#news.at(Date.now()));
    for (const listener of this.#listeners) listener();
  }
}
