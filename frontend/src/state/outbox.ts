/**
 * Sends what was said, one after the other in the order it was said, until the server has each. It is a state machine
 * of its own: idle, sending, offline (the network is away), waiting (the service is away), signed_out.
 */

import { isProblem, messageOf, remedyOf } from "../api/problem";
import type { AnswerReceipt, NewAnswer, UndoReceipt } from "../api/types";
import type { Database, Entry } from "./database";

export type Phase = "idle" | "sending" | "offline" | "waiting" | "signed_out";

export interface OutboxState {
  readonly phase: Phase;
  /** Answers that the server does not have yet. */
  readonly waiting: number;
  /** Answers that it will never take, with the reason. */
  readonly refused: readonly Entry[];
}

export interface Post {
  put(queryId: string, leaseToken: string, answer: NewAnswer): Promise<AnswerReceipt>;
  undo(queryId: string, leaseToken: string): Promise<UndoReceipt>;
}

/** What became of an entry. */
export type Delivery =
  | { readonly entry: Entry; readonly receipt: AnswerReceipt | UndoReceipt }
  | { readonly entry: Entry; readonly refusal: { readonly code: string; readonly message: string } };

const RETRY_MS = [1_000, 2_000, 5_000, 10_000, 30_000] as const;

/** Runs `work` in one tab at a time, where the browser can tell tabs apart (it does so on https and on localhost). */
async function alone(work: () => Promise<void>): Promise<void> {
  // Without locks two tabs may send the same entry; the server takes it once.
  await (globalThis.isSecureContext ? globalThis.navigator.locks.request("stal-outbox", work) : work());
}

export class Outbox {
  readonly #database: Database;
  readonly #userId: string;
  readonly #post: Post;
  readonly #onSignedOut: () => void;
  readonly #listeners = new Set<() => void>();
  readonly #deliveries = new Set<(delivery: Delivery) => void>();
  #state: OutboxState = { phase: "idle", waiting: 0, refused: [] };
  #stopped = false;
  #running = false;
  #again = false;
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(database: Database, userId: string, post: Post, onSignedOut: () => void) {
    this.#database = database;
    this.#userId = userId;
    this.#post = post;
    this.#onSignedOut = onSignedOut;
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
    this.#stopped = false;
    globalThis.addEventListener("online", this.wake);
    globalThis.addEventListener("offline", this.wake);
    this.wake();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    globalThis.removeEventListener("online", this.wake);
    globalThis.removeEventListener("offline", this.wake);
  }

  /** Something was put in, or there is new hope: look again. */
  readonly wake = (): void => {
    this.#again = true;
    if (this.#running || this.#stopped) return;
    clearTimeout(this.#timer);
    this.#running = true;
    void this.#look().finally(() => {
      this.#running = false;
      if (this.#again) this.wake();
    });
  };

  /** The person has read why an answer was refused. */
  async dismiss(entry: Entry): Promise<void> {
    await this.#database.remove(entry.seq);
    await this.#show(this.#state.phase);
  }

  async #look(): Promise<void> {
    this.#again = false;
    if (!globalThis.navigator.onLine) return this.#show("offline");
    await this.#show(this.#state.phase);
    await alone(async () => {
      while (!this.#stopped) {
        const entry = await this.#database.next(this.#userId);
        if (entry === undefined) return this.#show("idle");
        if (this.#state.phase === "idle") await this.#show("sending");
        const goOn = await this.#send(entry);
        if (!goOn) return;
      }
    });
  }

  async #send(entry: Entry): Promise<boolean> {
    try {
      const receipt =
        entry.answer === null
          ? await this.#post.undo(entry.query_id, entry.lease_token)
          : await this.#post.put(entry.query_id, entry.lease_token, entry.answer);
      await this.#settled(entry);
      this.#tell({ entry, receipt });
      return true;
    } catch (error) {
      return this.#failed(entry, error);
    }
  }

  async #failed(entry: Entry, error: unknown): Promise<boolean> {
    switch (remedyOf(error)) {
      case "sign_in":
        await this.#show("signed_out");
        this.#onSignedOut();
        return false;
      case "wait": {
        const delay = RETRY_MS[Math.min(this.#failures, RETRY_MS.length - 1)] ?? 1_000;
        this.#failures += 1;
        this.#timer = setTimeout(this.wake, delay);
        await this.#show(globalThis.navigator.onLine ? "waiting" : "offline");
        return false;
      }
      case "refused": {
        const refusal = { code: codeOf(error), message: messageOf(error) };
        const nothingToUndo = entry.answer === null && isProblem(error, "not_found");
        if (!nothingToUndo) await this.#database.refuse(entry, refusal.code, refusal.message);
        if (nothingToUndo) await this.#database.remove(entry.seq);
        await this.#show("sending");
        this.#tell({ entry, refusal });
        return true;
      }
    }
  }

  async #settled(entry: Entry): Promise<void> {
    this.#failures = 0;
    await this.#database.remove(entry.seq);
    await this.#show("sending");
  }

  #tell(delivery: Delivery): void {
    for (const listener of this.#deliveries) listener(delivery);
  }

  async #show(phase: Phase): Promise<void> {
    const entries = await this.#database.entries(this.#userId);
    const refused = entries.filter((entry) => entry.refused !== null);
    this.#state = { phase, waiting: entries.length - refused.length, refused };
    for (const listener of this.#listeners) listener();
  }
}

function codeOf(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : "unknown";
}
