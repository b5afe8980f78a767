import type { NewAnswer } from "../api/types";
import type { Saying } from "../words/en";
import type { Held, Item } from "./held";

/** What a person says of a region; the desk adds how long it took, and what it was said about. */
export type Said = Omit<NewAnswer, "seconds" | "revision">;

/** What a screen shows of a desk. */
export interface DeskState {
  readonly phase: "loading" | "working" | "empty" | "failed";
  readonly held: Held;
  readonly current: Item | null;
  /** Something that happened and that the person should know. */
  readonly notice: Saying | null;
  readonly error: string | null;
}
