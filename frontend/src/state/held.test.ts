import { expect, test } from "vitest";
import type { LeasedQuery, NewAnswer, PacketView } from "../api/types";
import * as steps from "./held";
import type { Held } from "./held";

const BOX = { x: 0, y: 0, width: 3, height: 1 };

function query(id: string): LeasedQuery {
  return {
    id,
    image_id: "image",
    image_name: "image.png",
    image_width: 32,
    image_height: 32,
    rank: 0,
    unit: "window",
    box: BOX,
    region: null,
    close_up_url: `/close/${id}`,
    close_up_box: BOX,
    context_url: `/context/${id}`,
    context_box: BOX,
    revision: 0,
    suggestion: { classes: [], label_map: null, hidden: false },
    why: {
      score: 0,
      impurity: 0,
      entropy: 0,
      classes: [],
      rank: 0,
      selection_probability: null,
      acquisition_version: 2,
    },
  };
}

function packet(id: string, ...ids: string[]): PacketView {
  const queries = ids.map(query);
  return {
    packet_id: id,
    lease_token: `token of ${id}`,
    expires_at: "",
    round_id: `round of ${id}`,
    queries,
  };
}

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
