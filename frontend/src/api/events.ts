/** Bells from the server: they say that something changed; the reader looks again. */

import { isRecord } from "./client";
import type { EventView } from "./types";

const KINDS = ["round", "job", "query", "project"] as const;
export type EventKind = (typeof KINDS)[number];

/** Listen to a project until the returned function is called. `onGap`: the connection broke, and is back. */
export function listen(
  slug: string,
  onEvent: (kind: EventKind, payload: EventView["payload"]) => void,
  onGap: () => void,
): () => void {
  const source = new EventSource(`/api/v1/events?project=${encodeURIComponent(slug)}`);
  let broken = false;
  source.addEventListener("error", () => (broken = true));
  source.addEventListener("open", () => {
    if (broken) onGap();
    broken = false;
  });
  for (const kind of KINDS) {
    source.addEventListener(kind, (message: MessageEvent<string>) => {
      onEvent(kind, payloadOf(message.data));
    });
  }
  return () => source.close();
}

function payloadOf(data: string): EventView["payload"] {
  const event: unknown = JSON.parse(data);
  return isRecord(event) && isRecord(event["payload"]) ? event["payload"] : {};
}
