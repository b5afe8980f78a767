/**
 * What this tab has just written to IndexedDB. Such a write ends some milliseconds after it was asked for, and a reload
 * within them undoes it; session storage is written at once and outlives the reload. On loading, what IndexedDB missed is
 * written again; the record's version says what that is.
 */

import { isRecord } from "../api/client";
import type { Database, DeskRecord, NewEntry } from "./database";

interface Line {
  readonly version: number;
  readonly said: NewEntry | null;
}

interface Page {
  readonly record: DeskRecord;
  /** Not yet known to be in IndexedDB, oldest first. */
  readonly lines: readonly Line[];
}

const keyOf = (deskId: string) => `stal-journal:${deskId}`;

/** Note a write before it is asked for. */
export function note(record: DeskRecord, said: NewEntry | undefined): void {
  const lines = [...(read(record.id)?.lines ?? []), { version: record.version, said: said ?? null }];
  try {
    sessionStorage.setItem(keyOf(record.id), JSON.stringify({ record, lines }));
  } catch {
    forget(record.id, record.version); // no room: IndexedDB alone has it, as it had before
  }
}

/** Everything up to `version` is in IndexedDB. */
export function forget(deskId: string, version: number): void {
  const page = read(deskId);
  const lines = page?.lines.filter((line) => line.version > version) ?? [];
  if (page === null || lines.length === 0) sessionStorage.removeItem(keyOf(deskId));
  else sessionStorage.setItem(keyOf(deskId), JSON.stringify({ record: page.record, lines }));
}

/** The desk as it was when this tab went away: IndexedDB's, completed by the journal. */
export async function recovered(database: Database, deskId: string): Promise<DeskRecord | undefined> {
  const stored = await database.desk(deskId);
  const page = read(deskId);
  if (page === null || page.record.version <= (stored?.version ?? 0)) return stored;
  for (const { version, said } of page.lines) {
    if (version > (stored?.version ?? 0)) await database.keep({ ...page.record, version }, said ?? undefined);
  }
  forget(deskId, page.record.version);
  return page.record;
}

function read(deskId: string): Page | null {
  const page: unknown = JSON.parse(sessionStorage.getItem(keyOf(deskId)) ?? "null");
  return isPage(page) ? page : null;
}

function isPage(value: unknown): value is Page {
  return isRecord(value) && isRecord(value["record"]) && Array.isArray(value["lines"]);
}
