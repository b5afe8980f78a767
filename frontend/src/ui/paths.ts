import type { RoundView } from "../api/types";

/** Where a round's pseudo labels are inspected. */
export function inspectorOf(slug: string, { round_index }: RoundView): string {
  return `/projects/${slug}/rounds/${round_index}/pseudo-labels`;
}
