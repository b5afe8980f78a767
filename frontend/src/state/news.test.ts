import { expect, test } from "vitest";
import { en } from "../words/en";
import { News } from "./news";

const said = (news: News, now: number) => news.at(now)?.(en) ?? null;

test("news outlive the next keys, are counted, and end", () => {
  const news = new News();
  news.opinion(1_000);
  expect(said(news, 1_000)).toMatch("Somebody else answered that region first");
  news.opinion(2_000);
  news.reply(null);
  expect(said(news, 5_000)).toMatch("Others answered 2 regions first");
  expect(said(news, 10_000)).toBeNull();
  news.opinion(20_000);
  expect(said(news, 20_000)).toMatch("Somebody else");
});

test("a key's reply goes with the next key; a trouble stays before all until it is over", () => {
  const news = new News();
  news.reply(() => "There is no answer to go back to.");
  expect(said(news, 0)).toMatch("no answer");
  news.trouble(() => "Not kept");
  news.reply(null);
  expect(said(news, 0)).toBe("Not kept");
  news.trouble(null);
  expect(said(news, 0)).toBeNull();
});
