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
  readonly query_id: string;
  readonly lease_token: string;
  /** null takes the person's answer back. */
  readonly answer: NewAnswer | null;
  /** Whether it was ever on its way: then the server may have it although no receipt came. */
  readonly tried: boolean;
  /** Why the server will never take it; null while there is hope. */
  readonly refused: { readonly code: string; readonly message: string } | null;
}

export type NewEntry = Omit<Entry, "seq" | "tried" | "refused">;

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

  /** Write what a tab holds, and with it one thing said. */
  async keep(desk: DeskRecord, said?: NewEntry): Promise<void> {
    const transaction = this.#db.transaction(["outbox", "desks"], "readwrite");
    const outbox = transaction.objectStore("outbox");
    const work: Promise<unknown>[] = [transaction.objectStore("desks").put(desk)];
    if (said?.answer === null) {
      work.push(takeBack(outbox, said));
    } else {
      if (said !== undefined) work.push(outbox.add({ ...said, tried: false, refused: null }));
      transaction.commit(); // at once, so that a reload in the next moment finds it
    }
    await Promise.all([...work, transaction.done]);
  }

  /** The next entry to send of a person, marked as tried; undefined where all is sent. */
  async next(userId: string): Promise<Entry | undefined> {
    const transaction = this.#db.transaction("outbox", "readwrite");
    const found = (await transaction.store.getAll()).filter(isEntry);
    const entry = found.find((one) => one.user_id === userId && one.refused === null);
    if (entry !== undefined && !entry.tried) await transaction.store.put({ ...entry, tried: true });
    await transaction.done;
    return entry;
  }

  async entries(userId: string): Promise<Entry[]> {
    return (await this.#db.getAll("outbox")).filter(isEntry).filter((one) => one.user_id === userId);
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

/** An answer that was never on its way is forgotten; one that was is taken back by a message of its own. */
async function takeBack(outbox: OutboxStore, said: NewEntry): Promise<void> {
  const own = (await outbox.getAll()).filter(isEntry).filter((one) => one.query_id === said.query_id);
  const last = own.filter((one) => one.user_id === said.user_id).at(-1);
  if (last !== undefined && last.answer !== null && (!last.tried || last.refused !== null)) {
    await outbox.delete(last.seq);
    return;
  }
  await outbox.add({ ...said, tried: false, refused: null });
}

function isEntry(entry: Omit<Entry, "seq"> & { seq?: number }): entry is Entry {
  return entry.seq !== undefined;
}
