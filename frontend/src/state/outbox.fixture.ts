/** What tests of the outbox send, and the service that hears it. */

import { ApiProblem, Unreachable } from "../api/problem";
import type { AnswerReceipt, NewAnswer, UserView } from "../api/types";
import type { NewEntry } from "./database";
import { NOTHING } from "./held";

export const RECEIPT: AnswerReceipt = {
  query_id: "",
  kept_as: "answer",
  query_state: "resolved",
  revision: 1,
};
export const desk = { id: "desk", user_id: "anna", slug: "demo", version: 1, held: NOTHING };
export const answer = (class_id: number): NewAnswer => ({
  kind: "label_map",
  class_id,
  seconds: 1,
  accepted_suggestion: false,
});
export const anna = { id: "anna", name: "Anna" };
export const otto: UserView = {
  id: "otto",
  name: "Otto",
  email: "",
  role: "annotator",
  is_active: true,
  created_at: "",
};
export const said = (query_id: string, class_id: number | null, user_id = "anna"): NewEntry => ({
  user_id,
  user_name: user_id,
  query_id,
  lease_token: "token",
  answer: class_id === null ? null : answer(class_id),
});

/** The other end of the line: what arrived, and what it says to the next calls. */
export class Service {
  readonly heard: string[] = [];
  readonly troubles: Error[] = [];

  /** Whose session it is. */
  user: UserView | null = { ...otto, ...anna };

  isThere = true;

  readonly me = () => (this.isThere ? Promise.resolve(this.user) : Promise.reject(new Unreachable()));
  readonly put = (queryId: string, _token: string | null, said: NewAnswer): Promise<AnswerReceipt> =>
    this.#hear(
      `put ${queryId} ${said.class_id ?? said.kind}${said.revision == null ? "" : ` at ${said.revision}`}`,
    );
  readonly undo = (queryId: string) =>
    this.#hear(`undo ${queryId}`).then(({ query_id }) => ({
      query_id,
      query_state: "open" as const,
      revision: 2,
      packet_id: "packet",
    }));

  #hear(what: string): Promise<AnswerReceipt> {
    const trouble = this.troubles.shift();
    if (trouble !== undefined) return Promise.reject(trouble);
    this.heard.push(what);
    return Promise.resolve(RECEIPT);
  }
}

export function problem(code: string, status: number): ApiProblem {
  return new ApiProblem({ code, status, detail: code });
}
