/** Tabs of one browser share its session, and tell each other when somebody signs in. */

const CHANNEL = "stal-sign-in";

export function tellSignIn(): void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage(null);
  channel.close();
}

/** Hear of it until the returned function is called. */
export function onSignIn(listener: () => void): () => void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.onmessage = listener;
  return () => channel.close();
}
