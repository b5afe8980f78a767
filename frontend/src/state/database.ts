/**
 * What this browser keeps until the server has it: answers on their way out, and what each tab holds. An answer and the
 * place of its tab are written in one transaction, so that a crash leaves both or neither.
 */

import { openDB, type DBSchema, type IDBPDatabase } from "idb";
import type { NewAnswer } from "../api/types";
import type { Held } from "./held";

/** Something said that the server may not know yet. Sent in the order of `seq`. */
export interface Entry {
  readonly seq: number;
  readonly user_id: string;
  /** To tell others at this browser whose it is. */
  readonly user_name: string;
  readonly query_id: string;
  /** null: an answer that the server has already is given anew, from outside of any packet. */
  readonly lease_token: string | null;
  /** null takes the person's answer back. */
  readonly answer: NewAnswer | null;
  /** Whether it was ever on its way: then the server may have it although no receipt came. */
  readonly tried: boolean;
  /** Why the server will never take it; null while there is hope. */
  readonly refused: { readonly code: string; readonly message: string } | null;
}

interface Next {
  /** undefined: all is sent. */
  readonly entry: Entry | undefined;
  readonly entries: readonly Entry[];
}

export type NewEntry = Omit<Entry, "seq" | "tried" | "refused">;

/** How many answers of a person this browser keeps for the server. */
export interface Kept {
  readonly user_id: string;
  readonly user_name: string;
  readonly count: number;
}

/** What one tab of one person holds of one project. */
export interface DeskRecord {
  readonly id: string;
  readonly user_id: string;
  readonly slug: string;
  /** Counts what was written. */
  readonly version: number;
  readonly held: Held;
}

interface Schema extends DBSchema {
  outbox: { key: number; value: Omit<Entry, "seq"> & { seq?: number } };
  desks: { key: string; value: DeskRecord };
}

export class Database {
  readonly #db: IDBPDatabase<Schema>;

  private constructor(db: IDBPDatabase<Schema>) {
    this.#db = db;
  }

  static async open(name = "stal"): Promise<Database> {
    const db = await openDB<Schema>(name, 1, {
      upgrade: (fresh) => {
        fresh.createObjectStore("outbox", { keyPath: "seq", autoIncrement: true });
        fresh.createObjectStore("desks", { keyPath: "id" });
      },
    });
    return new Database(db);
  }

  /** Write what a tab holds, and with it what was said, in one transaction. */
  async keep(desk: DeskRecord, said: readonly NewEntry[] = []): Promise<void> {
    // Answers are on the disk before they count as kept: a power cut takes none back. It costs half a millisecond in
    // the middle and 2 at the 95th percentile (150 kB a desk, virtual disk), and nobody waits for it, as the next region
    // is on screen already. A place or a draft without an answer may be some seconds old after a power cut.
    const durability = said.length > 0 ? "strict" : "relaxed";
    const transaction = this.#db.transaction(["outbox", "desks"], "readwrite", { durability });
    const outbox = transaction.objectStore("outbox");
    const put = transaction.objectStore("desks").put(desk);
    const work = said.map((one) =>
      one.answer === null ? takeBack(outbox, one) : outbox.add({ ...one, tried: false, refused: null }),
    );
    // At once, so that a reload in the next moment finds it; taking back reads first.
    if (said.every(({ answer }) => answer !== null)) transaction.commit();
    await Promise.all([put, ...work, transaction.done]);
  }

  /**
   * The next entry to send of a person, marked as tried, and everything that is left; `settled` leaves with it. One
   * transaction for each answer: hundreds that waited for the network are then soon gone.
   */
  async next(userId: string, settled: Entry | null): Promise<Next> {
    const transaction = this.#db.transaction("outbox", "readwrite");
    if (settled !== null) await transaction.store.delete(settled.seq);
    const entries = (await transaction.store.getAll()).filter(isEntry);
    const entry = entries.find((one) => one.user_id === userId && one.refused === null);
    if (entry !== undefined && !entry.tried) await transaction.store.put({ ...entry, tried: true });
    await transaction.done;
    return { entry, entries };
  }

  /** Everybody's, in the order of what was said. */
  async entries(): Promise<Entry[]> {
    return (await this.#db.getAll("outbox")).filter(isEntry);
  }

  async refuse(entry: Entry, code: string, message: string): Promise<void> {
    await this.#db.put("outbox", { ...entry, tried: true, refused: { code, message } });
  }

  async remove(seq: number): Promise<void> {
    await this.#db.delete("outbox", seq);
  }

  async desk(id: string): Promise<DeskRecord | undefined> {
    return this.#db.get("desks", id);
  }

  async desks(userId: string, slug: string): Promise<DeskRecord[]> {
    return (await this.#db.getAll("desks")).filter((desk) => desk.user_id === userId && desk.slug === slug);
  }

  async dropDesk(id: string): Promise<void> {
    await this.#db.delete("desks", id);
  }

  close(): void {
    this.#db.close();
  }
}

interface OutboxStore {
  getAll(): Promise<(Omit<Entry, "seq"> & { seq?: number })[]>;
  delete(seq: number): Promise<void>;
  add(entry: Omit<Entry, "seq">): Promise<number>;
}

/** An answer that was never on its way is forgotten; one that the server may have is taken back by a message. */
async function takeBack(outbox: OutboxStore, said: NewEntry): Promise<void> {
  const ofQuery = (await outbox.getAll()).filter(isEntry).filter((one) => one.query_id === said.query_id);
  const own = ofQuery.filter((one) => one.user_id === said.user_id);
  const gone = own.filter((one) => one.answer !== null && (!one.tried || one.refused !== null));
  for (const one of gone) await outbox.delete(one.seq);
  // What is given anew stands on an answer that the server had before.
  const neverThere =
    gone.length > 0 && gone.length === own.length && gone.every((one) => one.lease_token !== null);
  if (!neverThere) await outbox.add({ ...said, tried: false, refused: null });
}

/** Whose answers these are, and how many of each; those that the server refused do not count. */
export function keptOf(entries: readonly Entry[]): readonly Kept[] {
  const kept = new Map<string, Kept>();
  for (const { user_id, user_name, refused } of entries) {
    const count = (kept.get(user_id)?.count ?? 0) + 1;
    if (refused === null) kept.set(user_id, { user_id, user_name, count });
  }
  return [...kept.values()];
}

function isEntry(entry: Omit<Entry, "seq"> & { seq?: number }): entry is Entry {
  return entry.seq !== undefined;
}
