import { expect, test } from "vitest";
import { News } from "./news";

test("news outlive the next keys, are counted, and end", () => {
  const news = new News();
  news.opinion(1_000);
  expect(news.text(1_000)).toMatch("Somebody else answered that region first");
  news.opinion(2_000);
  news.reply(null);
  expect(news.text(5_000)).toMatch("Others answered 2 regions first");
  expect(news.text(10_000)).toBeNull();
  news.opinion(20_000);
  expect(news.text(20_000)).toMatch("Somebody else");
});

test("a key's reply goes with the next key; a trouble stays before all until it is over", () => {
  const news = new News();
  news.reply("There is no answer to go back to.");
  expect(news.text(0)).toMatch("no answer");
  news.trouble("Not kept");
  news.reply(null);
  expect(news.text(0)).toBe("Not kept");
  news.trouble(null);
  expect(news.text(0)).toBeNull();
});
