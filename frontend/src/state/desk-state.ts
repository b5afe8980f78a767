import type { NewAnswer } from "../api/types";
import type { Saying } from "../words/en";
import type { Held, Item } from "./held";
import type { Packets } from "./packets";

/** What a person says of a region; the desk adds how long it took, and what it was said about. */
export type Said = Omit<NewAnswer, "seconds" | "revision">;

/** What a screen shows of a desk. */
export interface DeskState {
  readonly phase: "loading" | "working" | "empty" | "failed";
  /** What it would be if nothing were held. */
  readonly idle: "loading" | "empty" | "failed";
  readonly held: Held;
  readonly current: Item | null;
  /** Something that happened and that the person should know. */
  readonly notice: Saying | null;
  readonly error: string | null;
}

export function stateOf(held: Held, packets: Packets, notice: Saying | null): DeskState {
  const current = held.todo[0] ?? null;
  const idle = packets.whyNone;
  return { phase: current === null ? idle : "working", idle, held, current, notice, error: packets.error };
}
