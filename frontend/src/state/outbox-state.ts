/** What goes into the outbox's work and what comes out of it. */

import { isRecord } from "../api/client";
import type { AnswerReceipt, NewAnswer, UndoReceipt, UserView } from "../api/types";
import type { Entry, Kept } from "./database";

export type Phase = "idle" | "sending" | "offline" | "waiting" | "signed_out";

export interface OutboxState {
  readonly phase: Phase;
  /** Answers that the server does not have yet. */
  readonly waiting: number;
  /** Answers that it will never take, with the reason. */
  readonly refused: readonly Entry[];
  /** Answers of other people, which wait in this browser until they sign in. */
  readonly others: readonly Kept[];
}

export interface Post {
  put(queryId: string, leaseToken: string | null, answer: NewAnswer): Promise<AnswerReceipt>;
  undo(queryId: string, leaseToken: string | null): Promise<UndoReceipt>;
  /** Whose session it is now: another tab may have signed in somebody else. */
  me(): Promise<UserView | null>;
}

/** What became of an entry. */
export type Delivery =
  | { readonly entry: Entry; readonly receipt: AnswerReceipt | UndoReceipt }
  | { readonly entry: Entry; readonly refusal: { readonly code: string; readonly message: string } };

export function isDelivery(value: unknown): value is Delivery {
  return isRecord(value) && isRecord(value["entry"]) && ("receipt" in value || "refusal" in value);
}
