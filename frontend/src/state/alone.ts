/** Runs `work` in one tab at a time, where the browser can tell tabs apart (it does so on https and on localhost). */
export async function alone(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  // Without locks two tabs may send the same entry; the server takes it once.
  await (globalThis.isSecureContext
    ? globalThis.navigator.locks.request("stal-outbox", { signal }, work)
    : work());
}
