/**
 * Sends what was said, one after the other in the order it was said, until the server has each. It is a state machine
 * of its own: idle, sending, offline (the network is away), waiting (the service is away), signed_out.
 */

import { ApiProblem, isProblem, messageOf, remedyOf } from "../api/problem";
import type { AnswerReceipt, UndoReceipt, UserView } from "../api/types";
import { alone } from "./alone";
import { Backoff } from "./backoff";
import { keptOf, type Database, type Entry } from "./database";
import { isDelivery, type Delivery, type OutboxState, type Phase, type Post } from "./outbox-state";
import { Revisions } from "./revisions";

export type { Delivery, OutboxState, Post };

/** Signs that there may be a way again. */
const HOPES = ["online", "offline", "focus", "pageshow"] as const;
/** Tabs tell each other what was delivered: the one that sends is not always the one that was answered in. */
const CHANNEL = "stal-outbox";

export class Outbox {
  readonly user: Pick<UserView, "id" | "name">;
  readonly #database: Database;
  readonly #post: Post;
  readonly #onOtherSession: (now: UserView | null) => void;
  readonly #listeners = new Set<() => void>();
  readonly #deliveries = new Set<(delivery: Delivery) => void>();
  readonly #revisions = new Revisions();
  #state: OutboxState = { phase: "idle", waiting: 0, refused: [], others: [] };
  #stopping = new AbortController();
  #work: Promise<void> | null = null;
  #again = false;
  readonly #backoff: Backoff;
  #channel: BroadcastChannel | null = null;

  /** `onOtherSession` hears that the session is not this person's any more: nobody's, or somebody else's. */
  constructor(
    database: Database,
    user: Pick<UserView, "id" | "name">,
    post: Post,
    onOtherSession: (now: UserView | null) => void,
  ) {
    this.#database = database;
    this.user = user;
    this.#post = post;
    this.#onOtherSession = onOtherSession;
    this.#backoff = new Backoff(this.wake);
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly getState = (): OutboxState => this.#state;

  /** Hear of every entry that left the outbox. */
  onDelivery(listener: (delivery: Delivery) => void): () => void {
    this.#deliveries.add(listener);
    return () => this.#deliveries.delete(listener);
  }

  start(): void {
    this.#stopping = new AbortController();
    for (const hope of HOPES) globalThis.addEventListener(hope, this.wake);
    this.#channel = new BroadcastChannel(CHANNEL);
    this.#channel.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (!isDelivery(data) || data.entry.user_id !== this.user.id) return;
      this.#heard(data);
      void this.#show(this.#state.phase);
    };
    this.wake();
  }

  /** Ends when nothing is on its way any more: only then may the database be closed. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#backoff.cancel();
    for (const hope of HOPES) globalThis.removeEventListener(hope, this.wake);
    this.#channel?.close();
    this.#channel = null;
    await this.#work;
  }

  /** Something was put in, or there is new hope: look again. */
  readonly wake = (): void => {
    this.#again = true;
    if (this.#work !== null || this.#stopped) return;
    this.#backoff.cancel();
    this.#work = this.#look()
      .catch(() => this.#later()) // the browser's storage failed: it may do better in a moment
      .finally(() => {
        this.#work = null;
        if (this.#again) this.wake();
      });
  };

  /** A call of somebody else found that the session has ended. */
  sessionEnded(): void {
    void this.#signedOut(null);
  }

  /** The person has read why an answer was refused. */
  async dismiss(entry: Entry): Promise<void> {
    await this.#database.remove(entry.seq);
    await this.#show(this.#state.phase);
  }

  get #stopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  async #look(): Promise<void> {
    this.#again = false;
    if (!globalThis.navigator.onLine && !(await this.#isThere())) return this.#show("offline");
    await this.#show(this.#state.phase);
    await alone(this.#stopping.signal, async () => {
      let settled: Entry | null = null;
      let phase: Phase = this.#state.phase === "idle" ? "sending" : this.#state.phase;
      while (!this.#stopped) {
        const { entry, entries } = await this.#database.next(this.user.id, settled);
        this.#shown(entry === undefined ? "idle" : phase, entries);
        if (entry === undefined) return;
        const outcome = await this.#send(entry);
        if (outcome === "later") return;
        settled = outcome === "sent" ? entry : null;
        phase = "sending";
      }
      if (settled !== null) await this.#database.remove(settled.seq);
    });
  }

  async #send(entry: Entry): Promise<"sent" | "refused" | "later"> {
    let receipt: AnswerReceipt | UndoReceipt;
    try {
      // A lease shows whose answer it is; without one only the session says so.
      if (entry.lease_token === null && !(await this.#isOurs())) return "later";
      receipt = await this.#sent(entry);
    } catch (error) {
      return this.#failed(entry, error);
    }
    this.#backoff.reset();
    this.#tell({ entry, receipt });
    return "sent";
  }

  #sent({ query_id, lease_token, answer }: Entry): Promise<AnswerReceipt | UndoReceipt> {
    if (answer === null) return this.#post.undo(query_id, lease_token);
    return this.#post.put(query_id, lease_token, this.#revisions.about(query_id, answer));
  }

  async #failed(entry: Entry, error: unknown): Promise<"refused" | "later"> {
    switch (remedyOf(error)) {
      case "sign_in":
        await this.#signedOut(null);
        return "later";
      case "wait":
        this.#later();
        await this.#show(globalThis.navigator.onLine ? "waiting" : "offline");
        return "later";
      case "refused":
        return this.#refused(entry, error);
    }
  }

  async #refused(entry: Entry, error: unknown): Promise<"refused" | "later"> {
    try {
      // Nobody is refused what is theirs because another person has signed in meanwhile.
      if (isProblem(error, "forbidden", "not_found") && !(await this.#isOurs())) return "later";
    } catch (trouble) {
      return this.#failed(entry, trouble);
    }
    const refusal = {
      code: error instanceof ApiProblem ? error.code : "unknown",
      message: messageOf(error),
    };
    const nothingToUndo = entry.answer === null && isProblem(error, "not_found");
    if (nothingToUndo) await this.#database.remove(entry.seq);
    else await this.#database.refuse(entry, refusal.code, refusal.message);
    this.#tell({ entry, refusal });
    return "refused";
  }

  /** A browser calls itself offline where only its own machine is left; the service may run on that. */
  async #isThere(): Promise<boolean> {
    const found = await this.#post.me().catch(() => undefined);
    if (found === undefined) this.#later();
    return found !== undefined;
  }

  async #isOurs(): Promise<boolean> {
    const now = await this.#post.me();
    if (now?.id === this.user.id) return true;
    await this.#signedOut(now);
    return false;
  }

  async #signedOut(now: UserView | null): Promise<void> {
    await this.#show("signed_out");
    if (!this.#stopped) this.#onOtherSession(now);
  }

  #later(): void {
    if (!this.#stopped) this.#backoff.later();
  }

  #tell(delivery: Delivery): void {
    this.#heard(delivery);
    this.#channel?.postMessage(delivery);
  }

  #heard(delivery: Delivery): void {
    if ("receipt" in delivery) this.#revisions.note(delivery.entry.query_id, delivery.receipt.revision);
    for (const listener of this.#deliveries) listener(delivery);
  }

  async #show(phase: Phase): Promise<void> {
    this.#shown(phase, await this.#database.entries());
  }

  #shown(phase: Phase, entries: readonly Entry[]): void {
    const own = entries.filter((entry) => entry.user_id === this.user.id);
    const refused = own.filter((entry) => entry.refused !== null);
    const others = keptOf(entries).filter(({ user_id }) => user_id !== this.user.id);
    this.#state = { phase, waiting: own.length - refused.length, refused, others };
    for (const listener of this.#listeners) listener();
  }
}
