/**
 * What this tab has just written to IndexedDB. Such a write ends some milliseconds after it was asked for, and a reload
 * within them undoes it; session storage is written at once and outlives the reload. On loading, what IndexedDB missed is
 * written again; the record's version says what that is.
 */

import { isRecord } from "../api/client";
import type { Database, DeskRecord, NewEntry } from "./database";

interface Line {
  readonly version: number;
  readonly said: readonly NewEntry[];
}

interface Page {
  readonly record: DeskRecord;
  /** Oldest first. Some may be in IndexedDB by now. */
  readonly lines: readonly Line[];
}

const keyOf = (deskId: string) => `stal-journal:${deskId}`;

export class Journal {
  readonly #deskId: string;
  /** Not yet known to be in IndexedDB, oldest first. */
  #lines: readonly Line[] = [];

  constructor(deskId: string) {
    this.#deskId = deskId;
  }

  /** Note a write before it is asked for. */
  note(record: DeskRecord, said: readonly NewEntry[]): void {
    this.#lines = [...this.#lines, { version: record.version, said }];
    const page: Page = { record, lines: this.#lines };
    try {
      sessionStorage.setItem(keyOf(this.#deskId), JSON.stringify(page));
    } catch {
      this.forget(record.version); // no room: IndexedDB alone has it, as it had before
    }
  }

  /** Everything up to `version` is in IndexedDB. */
  forget(version: number): void {
    this.#lines = this.#lines.filter((line) => line.version > version);
    // Where some are left, the page stays as it is: whoever reads it skips what IndexedDB has.
    if (this.#lines.length === 0) sessionStorage.removeItem(keyOf(this.#deskId));
  }
}

/** The desk as it was when this tab went away: IndexedDB's, completed by the journal. */
export async function recovered(database: Database, deskId: string): Promise<DeskRecord | undefined> {
  const stored = await database.desk(deskId);
  const page = read(deskId);
  if (page === null || page.record.version <= (stored?.version ?? 0)) return stored;
  for (const { version, said } of page.lines) {
    if (version > (stored?.version ?? 0)) await database.keep({ ...page.record, version }, said);
  }
  sessionStorage.removeItem(keyOf(deskId));
  return page.record;
}

function read(deskId: string): Page | null {
  const page: unknown = JSON.parse(sessionStorage.getItem(keyOf(deskId)) ?? "null");
  return isPage(page) ? page : null;
}

function isPage(value: unknown): value is Page {
  return isRecord(value) && isRecord(value["record"]) && Array.isArray(value["lines"]);
}
