/** What a person has said of a project's regions: as the server has it, and over that what still waits to be sent. */

import type { AnswerReceipt, LeasedQuery, MyAnswer, NewAnswer } from "../api/types";
import type { Entry } from "./database";
import type { Said } from "./desk-state";
import type { Item } from "./held";

export interface Told {
  readonly query: LeasedQuery;
  /** null: not known here, as the server does not have the answer yet. */
  readonly roundIndex: number | null;
  readonly canChange: boolean;
  readonly said: Said;
  readonly seconds: number;
  readonly isOpinion: boolean;
  /** null: it waits to be sent. */
  readonly saidAt: string | null;
}

/** What waits in this browser, and the regions that its tabs hold: such an answer's region may be nowhere else. */
export interface Waiting {
  readonly entries: readonly Entry[];
  readonly items: readonly Item[];
}

/** So many are shown. */
const MOST = 50;

/** The newest first: what the server does not know at all before what it has. `own`: changed here just now, by query. */
export function toldOf(
  answers: readonly MyAnswer[],
  { entries, items }: Waiting,
  own: ReadonlyMap<string, Said>,
): readonly Told[] {
  const waiting = new Map<string, Said | null>(
    entries.filter(({ refused }) => refused === null).map(({ query_id, answer }) => [query_id, answer]),
  );
  for (const [queryId, said] of own) waiting.set(queryId, said);
  const known = new Set(answers.map(({ query }) => query.id));
  const queries = new Map(items.map((item) => [item.query.id, item]));
  const fresh = [...waiting].reverse().flatMap(([queryId, said]): Told[] => {
    const item = queries.get(queryId);
    if (said === null || item === undefined || known.has(queryId)) return [];
    const { query, seconds } = item;
    return [{ query, roundIndex: null, canChange: true, said, seconds, isOpinion: false, saidAt: null }];
  });
  const there = answers.flatMap((one): Told[] => {
    const said = waiting.get(one.query.id);
    if (said === null) return []; // it is being taken back
    return [said === undefined ? ofServer(one) : { ...ofServer(one), said, saidAt: null }];
  });
  return [...fresh, ...there].slice(0, MOST);
}

function ofServer({ query, round_index, can_change, seconds, kept_as, said_at, ...said }: MyAnswer): Told {
  const { kind, class_id, label_map, accepted_suggestion } = said;
  return {
    query,
    roundIndex: round_index,
    canChange: can_change,
    said: { kind, class_id, label_map, accepted_suggestion },
    seconds,
    isOpinion: kept_as === "opinion" && kind !== "unsure",
    saidAt: said_at,
  };
}

/** The answers as the server has them after it took one. They keep their places, so that nobody loses theirs. */
export function afterReceipt(
  answers: readonly MyAnswer[],
  { query_id, kept_as, revision }: AnswerReceipt,
  { kind, class_id = null, label_map = null, seconds, accepted_suggestion }: NewAnswer,
  now: string,
): readonly MyAnswer[] {
  return answers.map((one) =>
    one.query.id === query_id
      ? {
          ...one,
          ...{ kind, class_id, label_map, seconds, accepted_suggestion, kept_as },
          said_at: now,
          query: { ...one.query, revision },
        }
      : one,
  );
}

/** Whether both say the same of a region. */
export function isSame(one: Said, other: Said): boolean {
  return (
    one.kind === other.kind &&
    (one.class_id ?? null) === (other.class_id ?? null) &&
    (one.label_map?.data ?? null) === (other.label_map?.data ?? null)
  );
}
