import type { NewAnswer } from "../api/types";
import type { NewEntry } from "./database";
import type { Item } from "./held";
import type { Delivery } from "./outbox-state";

interface Person {
  readonly id: string;
  readonly name: string;
}

/** What is said of a query, on its way out; null takes it back. */
export function entryOf(
  { id, name }: Person,
  item: Item | { readonly query: { readonly id: string }; readonly lease: null },
  answer: NewAnswer | null,
): NewEntry {
  const lease_token = item.lease?.lease_token ?? null;
  return { user_id: id, user_name: name, query_id: item.query.id, lease_token, answer };
}

/** The same of all that are answered. */
export function entriesOf(
  person: Person,
  items: readonly Item[],
  answers: ReadonlyMap<string, NewAnswer>,
): NewEntry[] {
  return items.flatMap((item) => {
    const answer = answers.get(item.query.id);
    return answer === undefined ? [] : [entryOf(person, item, answer)];
  });
}

/** Whether somebody else had decided the query before this answer came. */
export function cameLate(delivery: Delivery): boolean {
  if (!("receipt" in delivery) || !("kept_as" in delivery.receipt)) return false;
  return delivery.receipt.kept_as === "opinion" && delivery.entry.answer?.kind !== "unsure";
}
