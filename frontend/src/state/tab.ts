/** Which desk is this tab's: two tabs have two, a reload finds its own, a new tab takes over that of a closed one. */

/** Locks are held until the tab ends; the browser frees them even if it crashes. */
const mine = new Set<string>();

/** The id of this tab's desk: its own of before, one of `left` whose tab is gone, or a new one. */
export async function claimDesk(place: string, left: readonly string[]): Promise<string> {
  const key = `stal-desk:${place}`;
  const own = sessionStorage.getItem(key);
  for (const id of own === null ? left : [own, ...left]) {
    if (mine.has(id) || (await take(id, id === own))) return remember(key, id);
  }
  const fresh = crypto.getRandomValues(new Uint32Array(4)).join("-");
  await take(fresh, true);
  return remember(key, fresh);
}

async function take(id: string, isOwn: boolean): Promise<boolean> {
  if (!globalThis.isSecureContext) return isOwn; // no locks: a tab cannot see whether another one is still open
  const taken = await new Promise<boolean>((resolve) => {
    void navigator.locks.request(`stal-desk:${id}`, { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      return lock === null ? undefined : new Promise(() => undefined);
    });
  });
  if (taken) mine.add(id);
  return taken;
}

function remember(key: string, id: string): string {
  sessionStorage.setItem(key, id);
  return id;
}
