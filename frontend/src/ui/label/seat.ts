import type { Desk } from "../../state/desk";

/** What a region needs of the place that it is worked on at: a desk, or one of its kin for practice and review. */
export type Seat = Pick<Desk, "images" | "answer" | "skip" | "back" | "keepDraft">;
