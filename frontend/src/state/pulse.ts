/** What a desk does without its person. */

const HEARTBEAT_MS = 60_000;
const LOOK_AGAIN_MS = 15_000;

/** Call `beat` to keep leases, `look` for what is missing, `online` when the network is back; gives the way to end it. */
export function pulse({ beat, look, online }: Record<"beat" | "look" | "online", () => void>): () => void {
  const beats = setInterval(beat, HEARTBEAT_MS);
  const looks = setInterval(look, LOOK_AGAIN_MS);
  globalThis.addEventListener("online", online);
  return () => {
    clearInterval(beats);
    clearInterval(looks);
    globalThis.removeEventListener("online", online);
  };
}
