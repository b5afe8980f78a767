/** The newest revisions of queries as receipts told them: what is said next of a query is said about that. */

import type { NewAnswer } from "../api/types";

/** Of so many queries, those told last: more than one goes back over. */
const KEPT = 200;

export class Revisions {
  readonly #newest = new Map<string, number>();

  note(queryId: string, revision: number): void {
    this.#newest.delete(queryId);
    this.#newest.set(queryId, revision);
    const [oldest] = this.#newest.keys();
    if (oldest !== undefined && this.#newest.size > KEPT) this.#newest.delete(oldest);
  }

  /** An answer that was waiting while the one before it was sent is about the query as it is since then. */
  about(queryId: string, answer: NewAnswer): NewAnswer {
    if (typeof answer.revision !== "number") return answer;
    return { ...answer, revision: Math.max(answer.revision, this.#newest.get(queryId) ?? 0) };
  }
}
