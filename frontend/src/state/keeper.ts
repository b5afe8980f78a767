/** Writes what a desk holds, each time as a whole, and what was said with it. */

import type { Database, DeskRecord, NewEntry } from "./database";
import type { Held } from "./held";
import { Journal } from "./journal";

export class Keeper {
  readonly #database: Database;
  readonly #place: Omit<DeskRecord, "held" | "version">;
  readonly #journal: Journal;
  #version: number;
  /** Said, but not written: the browser did not let us. The next write has them too. */
  #owed: readonly NewEntry[] = [];

  constructor(database: Database, record: DeskRecord) {
    this.#database = database;
    this.#place = { id: record.id, user_id: record.user_id, slug: record.slug };
    this.#journal = new Journal(record.id);
    this.#version = record.version;
  }

  /** Keep it: in session storage when this returns, in IndexedDB when it is done. Fails where the browser does not let us. */
  async keep(held: Held, said: readonly NewEntry[]): Promise<void> {
    const all = [...this.#owed, ...said];
    this.#owed = [];
    const record = { ...this.#place, version: (this.#version += 1), held };
    this.#journal.note(record, all);
    try {
      await this.#database.keep(record, all);
    } catch (error) {
      this.#owed = [...all, ...this.#owed];
      throw error;
    }
    this.#journal.forget(record.version);
  }
}
