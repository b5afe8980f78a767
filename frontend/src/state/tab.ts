/** Which desk is this tab's: two tabs have two, a reload finds its own, a new tab takes over that of a closed one. */

import type { Database, DeskRecord } from "./database";
import { isUnfinished, NOTHING } from "./held";
import { recovered } from "./journal";

/** A page that is just going away needs a moment to let go of its lock; a tab that is there never does. */
const OWN_PATIENCE_MS = 2_000;
const LEFT_PATIENCE_MS = 300;

/** Locks are held until the tab ends; the browser frees them even if it crashes. */
const mine = new Set<string>();

/** What this tab held before it was loaded again, what a closed tab has left, or nothing yet. */
export async function deskOfThisTab(database: Database, userId: string, slug: string): Promise<DeskRecord> {
  const records = await database.desks(userId, slug);
  const full = records.filter((record) => isUnfinished(record.held));
  const id = await claim(
    `stal-desk:${userId}:${slug}`,
    full.map((record) => record.id),
  );
  const finished = records.filter((record) => !full.includes(record) && record.id !== id);
  await Promise.all(finished.map((record) => database.dropDesk(record.id)));
  // Read only now: a page that was going away may have written last.
  return (await recovered(database, id)) ?? { id, user_id: userId, slug, version: 0, held: NOTHING };
}

/** The id of this tab's desk: its own of before, one of `left` whose tab is gone, or a new one. */
async function claim(key: string, left: readonly string[]): Promise<string> {
  const own = sessionStorage.getItem(key);
  const fresh = crypto.getRandomValues(new Uint32Array(4)).join("-");
  const id = (await firstFree(own, left)) ?? fresh;
  if (id === fresh) await take(fresh, OWN_PATIENCE_MS);
  sessionStorage.setItem(key, id);
  return id;
}

async function firstFree(own: string | null, left: readonly string[]): Promise<string | null> {
  if (!globalThis.isSecureContext) return own; // no locks: a tab cannot see whether another one is still open
  if (own !== null && (await take(own, OWN_PATIENCE_MS))) return own;
  for (const id of left) if (await take(id, LEFT_PATIENCE_MS)) return id;
  return null;
}

async function take(id: string, patience: number): Promise<boolean> {
  if (mine.has(id) || !globalThis.isSecureContext) return true;
  const taken = await new Promise<boolean>((resolve) => {
    const held = () => {
      resolve(true);
      return new Promise<never>(() => undefined);
    };
    const signal = AbortSignal.timeout(patience);
    navigator.locks.request(`stal-desk:${id}`, { signal }, held).catch(() => resolve(false));
  });
  if (taken) mine.add(id);
  return taken;
}
