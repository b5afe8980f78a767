/** The one HTTP client. Every call ends in data or in an `ApiProblem` or `Unreachable`. */

import createClient from "openapi-fetch";
import { ApiProblem, NOT_FROM_THE_API, Unreachable } from "./problem";
import type { paths } from "./schema.gen";

/** Whoever has not answered by then is away; every call may be made again. */
const PATIENCE_MS = 30_000;

export const client = createClient<paths>({
  // An empty base address is this page's own; Node, where unit tests run, has none.
  baseUrl: typeof location === "undefined" ? "http://stal.invalid" : location.origin,
  fetch: async (request) => {
    try {
      const signal = AbortSignal.any([request.signal, AbortSignal.timeout(PATIENCE_MS)]);
      return await globalThis.fetch(request, { signal });
    } catch (error) {
      if (request.signal.aborted) throw error;
      throw new Unreachable();
    }
  },
});

interface Outcome<Data> {
  readonly data?: Data | undefined;
  readonly error?: unknown;
  readonly response: Response;
}

/** The data of a call; throws what went wrong. */
export async function dataOf<Data>(call: Promise<Outcome<Data>>): Promise<Data> {
  const data = await dataOrNone(call);
  if (data === null) throw new Unreachable();
  return data;
}

/** The data of a call, null where the answer has no body (204). */
export async function dataOrNone<Data>(call: Promise<Outcome<Data>>): Promise<Data | null> {
  const { data, error, response } = await call.catch(away);
  if (!response.ok) throw problemOf(error, response);
  return data ?? null;
}

/** An answer that breaks off, or is no JSON, is nobody's: a sign-in page of the network gives such. */
function away(error: unknown): never {
  const isAborted = error instanceof DOMException && error.name === "AbortError";
  throw isAborted || error instanceof Unreachable ? error : new Unreachable();
}

function problemOf(body: unknown, response: Response): ApiProblem {
  const { status, statusText } = response;
  if (typeof body === "object" && body !== null && "code" in body && "detail" in body) {
    const context = "context" in body && isRecord(body.context) ? body.context : {};
    return new ApiProblem({ code: String(body.code), status, detail: String(body.detail), context });
  }
  return new ApiProblem({
    code: NOT_FROM_THE_API,
    status,
    detail: `The service answered ${status} ${statusText}.`,
  });
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
