import { expect, test } from "vitest";
import type { NewAnswer } from "../api/types";
import * as steps from "./held";
import type { Held } from "./held";
import { packetOf as packet } from "./packet.fixture";

const said = (seconds: number): NewAnswer => ({ kind: "void", seconds, accepted_suggestion: false });
const todo = (held: Held) => held.todo.map((item) => item.query.id).join("");
const done = (held: Held) => held.done.map((item) => item.query.id).join("");
const abc = steps.received(steps.NOTHING, packet("1", "a", "b", "c"));

test("a packet comes behind what is held", () => {
  expect(todo(steps.received(abc, packet("2", "d")))).toBe("abcd");
});

test("an answer moves the first query to those answered, and going back brings it again", () => {
  const one = steps.answered(abc, said(2));
  expect([todo(one), done(one)]).toEqual(["bc", "a"]);
  const back = steps.wentBack(one);
  expect([todo(back), done(back), back.todo[0]?.answer, back.todo[0]?.seconds]).toEqual(["abc", "", null, 2]);
});

test("going back to a drawn answer finds the drawing", () => {
  const drawn = { ...said(1), kind: "label_map" as const, label_map: { encoding: "rle", data: "1x3" } };
  expect(steps.wentBack(steps.answered(abc, drawn)).todo[0]?.draft).toBe("1x3");
});

test("a skipped query comes after everything held, with the time it took", () => {
  const skipped = steps.skipped(steps.received(abc, packet("2", "d")), 3);
  expect([todo(skipped), skipped.todo.at(-1)?.seconds]).toEqual(["bcda", 3]);
});

test("several are answered at once, with even shares of their time; the others stay in their order", () => {
  const held = steps.touched(steps.received(abc, packet("2", "d")), { seconds: 2 });
  const kind = { kind: "void" as const, accepted_suggestion: true };
  const answers = steps.answersOf(held, new Map(["a", "c", "gone"].map((id) => [id, kind])), 3);
  expect([...answers]).toEqual([
    ["a", { ...kind, seconds: 3.5, revision: 0 }],
    ["c", { ...kind, seconds: 1.5, revision: 0 }],
  ]);
  const after = steps.answeredAll(held, answers);
  expect([todo(after), done(after), after.done[1]?.seconds]).toEqual(["bd", "ac", 1.5]);
  expect(done(steps.wentBack(after))).toBe("a");
});

test("an answer given anew replaces that of what was answered, and moves nothing", () => {
  const one = steps.answered(abc, said(2));
  const anew = steps.reanswered(one, "a", { ...said(4), kind: "unsure" });
  expect([todo(anew), anew.done[0]?.answer?.kind]).toEqual(["bc", "unsure"]);
  expect(steps.reanswered(one, "b", said(4))).toEqual(one);
});

test("a correction that was begun stays through everything until it is given or given up", () => {
  const begun = steps.corrected(steps.corrected(abc, "x", "0x3"), "y", "1x3");
  const through = [
    (held: Held) => steps.answered(held, said(1)),
    (held: Held) => steps.skipped(held, 1),
    (held: Held) => steps.received(held, packet("2", "d"), true),
    (held: Held) => steps.answeredAll(held, new Map([["c", said(1)]])),
    (held: Held) => steps.offSheet(held, new Set(["d"])),
    steps.withoutSheets,
    steps.wentBack,
    (held: Held) => steps.touched(held, { draft: "2x3" }),
    (held: Held) => steps.revised(held, "x", 4),
    (held: Held) => steps.narrowed(held, "1", new Set()),
    (held: Held) => steps.withoutRound(held, "round of 1"),
  ].reduce((held, step) => step(held), begun);
  expect(through.corrections).toEqual({ x: "0x3", y: "1x3" });
  expect(steps.isUnfinished(through)).toBe(true);
  const given = steps.reanswered(through, "x", said(1));
  expect(given.corrections).toEqual({ y: "1x3" });
  expect(steps.isUnfinished(steps.corrected({ ...given, todo: [] }, "y", null))).toBe(false);
});

test("only the newest corrections are kept, the one at hand always", () => {
  const ids = Array.from({ length: 30 }, (_, nth) => `query-${nth}`);
  const many = [...ids, "query-15"].reduce((held, id) => steps.corrected(held, id, "0x3"), steps.NOTHING);
  const kept = Object.keys(many.corrections ?? {});
  expect([kept.length, kept.at(-1), kept.includes("query-9")]).toEqual([20, "query-15", false]);
});

test("nothing happens where nothing is held", () => {
  for (const step of [steps.answered(steps.NOTHING, said(1)), steps.skipped(steps.NOTHING, 1)]) {
    expect(step).toEqual(steps.NOTHING);
  }
  expect(steps.wentBack(steps.NOTHING)).toEqual(steps.NOTHING);
});

test("queries that others took over go, but not the one on screen nor another packet's", () => {
  const held = steps.received(abc, packet("2", "d"));
  expect(todo(steps.narrowed(held, "1", new Set(["c"])))).toBe("acd");
});

test("a round that ended takes its queries along, answered ones too", () => {
  const held = steps.answered(steps.received(abc, packet("2", "d")), said(1));
  const left = steps.withoutRound(held, "round of 1");
  expect([todo(left), done(left)]).toEqual(["d", ""]);
});

test("only leases with something to answer are kept alive", () => {
  const held = steps.received(steps.received(steps.NOTHING, packet("1", "a")), packet("2", "d"));
  expect(steps.leasesAtWork(steps.answered(held, said(1))).map((lease) => lease.packet_id)).toEqual(["2"]);
});

test("the pace is answers by minutes of active time, once there are three", () => {
  const two = steps.answered(steps.answered(abc, said(2)), said(4));
  expect(steps.pace(two)).toBeNull();
  expect(steps.pace(steps.answered(two, said(3)))).toBe(20); // 3 answers in 9 s
});
