/** What can go wrong with a call, and what to do about it: one switch over the API's stable codes. */

import type { Problem } from "./types";

/**
 * - `wait`: nothing is wrong with the call; make it again later.
 * - `sign_in`: the session has ended; sign in and make it again.
 * - `refused`: it will never be taken as it is; tell the person.
 */
export type Remedy = "wait" | "sign_in" | "refused";

export const REMEDIES: Readonly<Record<string, Remedy>> = {
  unauthenticated: "sign_in",
  forbidden: "refused",
  not_found: "refused",
  conflict: "refused",
  stale_revision: "refused",
  illegal_transition: "refused",
  round_open: "refused",
  idempotency_mismatch: "refused",
  invalid_input: "refused",
  invalid_schema: "refused",
  invalid_budget: "refused",
  malformed_label_map: "refused",
  unknown_class: "refused",
  unsupported_image: "refused",
  missing_data: "refused",
  too_many_requests: "wait",
  database_unavailable: "wait",
  storage_unavailable: "wait",
  storage_full: "wait",
  queue_unavailable: "wait",
  internal_error: "wait",
  answer_failed: "wait",
  http_error: "refused",
  method_not_allowed: "refused",
  too_large: "refused",
};

/** The code of an error that somebody between us and the API gave. */
export const NOT_FROM_THE_API = "not_from_the_api";

/** The API answered with a problem (RFC 9457). */
export class ApiProblem extends Error {
  override name = "ApiProblem";
  readonly code: string;
  readonly status: number;
  readonly context: Readonly<Record<string, unknown>>;

  constructor(problem: Pick<Problem, "code" | "status" | "detail"> & { context?: Record<string, unknown> }) {
    super(problem.detail);
    this.code = problem.code;
    this.status = problem.status;
    this.context = problem.context ?? {};
  }
}

/** Nobody answered: the network or the service is away. */
export class Unreachable extends Error {
  override name = "Unreachable";

  constructor() {
    super("The service does not answer. Check the network; this page goes on by itself when it is back.");
  }
}

/** Codes of HTTP by which a gateway says that it will not pass this call on, ever: it is too large. */
const NEVER = [413, 414, 431];

export function remedyOf(error: unknown): Remedy {
  if (error instanceof Unreachable) return "wait";
  if (!(error instanceof ApiProblem)) return "refused";
  // A hotel's sign-in page, a gateway whose service is being replaced: what others say about an answer does not count.
  if (error.code === NOT_FROM_THE_API) return NEVER.includes(error.status) ? "refused" : "wait";
  return REMEDIES[error.code] ?? (error.status >= 500 ? "wait" : "refused");
}

export function isProblem(error: unknown, ...codes: string[]): error is ApiProblem {
  return error instanceof ApiProblem && codes.includes(error.code);
}

/** What to tell a person of any error. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
