/** What one tab holds: packets, the queries still to answer in their order, and those answered, to go back over. */

import type { LeasedQuery, NewAnswer, PacketView } from "../api/types";

export interface Lease {
  readonly packet_id: string;
  readonly lease_token: string;
  readonly round_id: string;
  readonly size: number;
  /** Whether its queries are verified together, as a contact sheet. */
  readonly isSheet?: boolean;
}

export interface Item {
  readonly query: LeasedQuery;
  readonly lease: Lease;
  /** Active seconds spent on it so far. */
  readonly seconds: number;
  /** A split that was begun, as run-length code. */
  readonly draft: string | null;
  /** What was said, once it was. */
  readonly answer: NewAnswer | null;
}

export interface Held {
  readonly todo: readonly Item[];
  /** Oldest first; the last is what going back brings. */
  readonly done: readonly Item[];
  /**
   * Other answers that were begun to what is answered already: run-length code by query, the newest last. What older
   * versions of the app have kept has none.
   */
  readonly corrections?: Readonly<Record<string, string>>;
}

/** Answered queries that one can go back over. */
const KEPT = 60;
/** The crops of so many are there before they are needed: of those to come, and of the last ones answered. */
const AHEAD = 14;
const BEHIND = 2;
/** Corrections: more than anybody has open, and no round that has closed leaves its own for ever. */
const KEPT_CORRECTIONS = 20;

export const NOTHING: Held = { todo: [], done: [], corrections: {} };

export function received(held: Held, packet: PacketView, isSheet = false): Held {
  const lease: Lease = {
    packet_id: packet.packet_id,
    lease_token: packet.lease_token,
    round_id: packet.round_id,
    size: packet.queries.length,
    isSheet,
  };
  const fresh = packet.queries.map((query): Item => ({
    query,
    lease,
    seconds: 0,
    draft: null,
    answer: null,
  }));
  return { ...held, todo: [...held.todo, ...fresh] };
}

/** The first query is answered; the next is at hand. */
export function answered(held: Held, answer: NewAnswer): Held {
  const { todo, done } = held;
  const [current, ...rest] = todo;
  if (current === undefined) return held;
  return {
    ...held,
    todo: rest,
    done: [...done, { ...current, answer, seconds: answer.seconds }].slice(-KEPT),
  };
}

/** Several queries, wherever they are held, are answered at once; the others stay in their order. */
export function answeredAll(held: Held, answers: ReadonlyMap<string, NewAnswer>): Held {
  const { todo, done } = held;
  const said = todo.flatMap((item): Item[] => {
    const answer = answers.get(item.query.id);
    return answer === undefined ? [] : [{ ...item, answer, seconds: answer.seconds }];
  });
  const left = todo.filter((item) => !answers.has(item.query.id));
  return { ...held, todo: left, done: [...done, ...said].slice(-KEPT) };
}

/** The queries of the contact sheet at hand. */
export function onSheet({ todo }: Held): readonly Item[] {
  return todo.filter(({ lease }) => lease.isSheet === true);
}

/** The crops of what is on screen, or may be soon. */
export function imagesOf(held: Held): readonly string[] {
  const near = [...onSheet(held), ...held.todo.slice(0, AHEAD), ...held.done.slice(-BEHIND)];
  return near.flatMap(({ query }) => [query.close_up_url, query.context_url]);
}

/** The leases of contact sheets. */
export function sheetsOf(held: Held): readonly Lease[] {
  return [...new Map(onSheet(held).map(({ lease }) => [lease.packet_id, lease])).values()];
}

/** Nothing of a contact sheet is held any more. */
export function withoutSheets(held: Held): Held {
  return { ...held, todo: held.todo.filter(({ lease }) => lease.isSheet !== true) };
}

/** These are taken off their contact sheet, to be answered one by one like everything else. */
export function offSheet(held: Held, queryIds: ReadonlySet<string>): Held {
  const single = (item: Item): Item =>
    queryIds.has(item.query.id) ? { ...item, lease: { ...item.lease, isSheet: false } } : item;
  return { ...held, todo: held.todo.map(single) };
}

/** A query answered before has another answer; nothing else moves. */
export function reanswered(held: Held, queryId: string, answer: NewAnswer): Held {
  const done = held.done.map((item) => (item.query.id === queryId ? { ...item, answer } : item));
  return corrected({ ...held, done }, queryId, null);
}

/** Another answer to a query is begun; null: given, or given up. */
export function corrected(held: Held, queryId: string, draft: string | null): Held {
  const others = Object.entries(held.corrections ?? {}).filter(([id]) => id !== queryId);
  const all = draft === null ? others : [...others, [queryId, draft] as const];
  return { ...held, corrections: Object.fromEntries(all.slice(-KEPT_CORRECTIONS)) };
}

/** Whether there is work in it that nobody has finished. */
export function isUnfinished({ todo, corrections }: Held): boolean {
  return todo.length > 0 || Object.keys(corrections ?? {}).length > 0;
}

/** What is said of several held queries, as answers: `seconds` were spent on all of them, in even shares. */
export function answersOf(
  { todo }: Held,
  said: ReadonlyMap<string, Omit<NewAnswer, "seconds" | "revision">>,
  seconds: number,
): ReadonlyMap<string, NewAnswer> {
  const asked = todo.filter(({ query }) => said.has(query.id));
  const answers = new Map<string, NewAnswer>();
  for (const { query, seconds: before } of asked) {
    const one = said.get(query.id);
    const share = rounded(before + seconds / asked.length);
    if (one !== undefined) answers.set(query.id, { ...one, seconds: share, revision: query.revision });
  }
  return answers;
}

/** Seconds as they are told. */
export function rounded(seconds: number): number {
  return Math.round(seconds * 100) / 100;
}

/** The first query goes behind everything held. */
export function skipped(held: Held, seconds: number): Held {
  const [current, ...rest] = held.todo;
  return current === undefined ? held : { ...held, todo: [...rest, { ...current, seconds }] };
}

/** The newest answer is taken back; its query is the first again. */
export function wentBack(held: Held): Held {
  const { todo, done } = held;
  const last = done.at(-1);
  if (last === undefined) return held;
  const draft = last.answer?.label_map?.data ?? last.draft;
  return { ...held, todo: [{ ...last, answer: null, draft }, ...todo], done: done.slice(0, -1) };
}

/** The first query with a changed draft or time. */
export function touched(held: Held, change: Partial<Pick<Item, "draft" | "seconds">>): Held {
  const [current, ...rest] = held.todo;
  return current === undefined ? held : { ...held, todo: [{ ...current, ...change }, ...rest] };
}

/** Without the queries that a lease has lost to others; the one at hand stays, for its answer is worth an opinion. */
export function narrowed(held: Held, packetId: string, open: ReadonlySet<string>): Held {
  const stays = (item: Item, nth: number) =>
    nth === 0 || item.lease.packet_id !== packetId || open.has(item.query.id);
  return { ...held, todo: held.todo.filter(stays) };
}

/** Rounds that something held is of, beside this one. */
export function otherRounds({ todo, done }: Held, roundId: string | null): readonly string[] {
  const all = new Set(todo.concat(done).map(({ lease }) => lease.round_id));
  return [...all].filter((one) => one !== roundId);
}

/** Without anything of a round that has ended. */
export function withoutRound(held: Held, roundId: string): Held {
  const stays = (item: Item) => item.lease.round_id !== roundId;
  return { ...held, todo: held.todo.filter(stays), done: held.done.filter(stays) };
}

/** The revision of a query as the server's receipt says it. */
export function revised(held: Held, queryId: string, revision: number): Held {
  const update = (item: Item): Item =>
    item.query.id === queryId ? { ...item, query: { ...item.query, revision } } : item;
  return { ...held, todo: held.todo.map(update), done: held.done.map(update) };
}

/** The leases that still hold something to answer. */
export function leasesAtWork({ todo }: Held): Lease[] {
  return [...new Map(todo.map(({ lease }) => [lease.packet_id, lease])).values()];
}

/** Answers a minute of active time, over the newest ones; null before there are three. */
export function pace({ done }: Held): number | null {
  const recent = done.slice(-20);
  const seconds = recent.reduce((sum, item) => sum + item.seconds, 0);
  return recent.length < 3 || seconds === 0 ? null : (recent.length * 60) / seconds;
}
