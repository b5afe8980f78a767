import type { ReactNode } from "react";
import type { Desk, Said } from "../../state/desk";
import type { Item } from "../../state/held";
import type { Action } from "./actions/action";

/** What a region needs of the place that it is worked on at: a desk, or one of its kin for practice and review. */
export type Seat = Pick<Desk, "images" | "answer" | "skip" | "back" | "keepDraft">;

/** A query as a region shows it. */
export interface Asked extends Pick<Item, "query" | "draft"> {
  /** What the whole of it was said to be: a split begins with that instead of what is suggested. */
  readonly classId?: number | null;
}

/** What is otherwise where a region is worked on outside of a packet. */
export interface Lesson {
  /** What can be done, made of what can be done at a desk. */
  readonly actions: (all: readonly Action[]) => readonly Action[];
  /** What was said before; null: nothing was. */
  readonly said: Said | null;
  /** The line about what is at hand, until something is drawn. */
  readonly hint: string | null;
  /** What stands where a desk says why the region was asked. */
  readonly aside: ReactNode;
}
