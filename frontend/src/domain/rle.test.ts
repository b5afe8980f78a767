import { expect, test } from "vitest";
import vectors from "../../../tests/fixtures/rle_vectors.json";
import { decode, encode, MalformedLabelMap } from "./rle";

test.each(vectors.valid)("$text is the one text of its pixels", ({ width, height, pixels, text }) => {
  expect(encode(Uint8Array.from(pixels))).toBe(text);
  expect([...decode(text, width * height)]).toEqual(pixels);
});

test.each(vectors.invalid)("refused: $why", ({ width, height, text }) => {
  expect(() => decode(text, width * height)).toThrow(MalformedLabelMap);
});
