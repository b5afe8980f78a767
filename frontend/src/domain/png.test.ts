import { deflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { decodePng } from "./png";

/** Written by Pillow, whose encoder chose the filters 0, 1, 2 and 4 for lines of these. */
const GREY =
  "iVBORw0KGgoAAAANSUhEUgAAAAkAAAAMCAAAAACVN8h/AAAAWElEQVR4nGNkEIECJgYYYKlg5ZdU1jV31GGxYeWXVNa1sbFhXMAMBSwacNYhcXFxUXFxcXEmcRhgYMi6skKoJmCXCgsDO5+ojPI/QwsmCEvL0AIqxmNoAQDZ5g5SZggvcwAAAABJRU5ErkJggg==";
const GREY_WITH_OPACITY =
  "iVBORw0KGgoAAAANSUhEUgAAAAkAAAAMCAQAAAAaVV8oAAAAsklEQVR4nGNkYBCpF6kXeYkgWRgYGH4yfGJ4zfCE4S7DI4bzDCdYKhhYf/J/knyt/ET3rvltx/M6hSw2SEI212zO25xgXLCQWRwVsmi8ZGaAwpfM4swMzAyMXSfQFDGziN9AF2Jg2JK188qJFQ+FWGoMAzJ2rVT5wsJwhJ2Vj19UUuaIsu4/c0NWC34Whg52ET4RUREZEWURVh9DkYoXLAwM7Ax8DKIMMgzKDDwMhgwWDABvjjaPqMEZ1QAAAABJRU5ErkJggg==";
const COLOURS =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGNgYGAAAAAEAAH2FzhVAAAAAElFTkSuQmCC";

/** What was given to Pillow. */
const LINES = [
  [0, 20, 40, 60, 80, 100, 120, 140, 160],
  [0, 20, 40, 60, 80, 100, 120, 140, 160],
  [120, 125, 140, 165, 200, 245, 44, 109, 184],
  [180, 185, 200, 225, 4, 49, 104, 169, 244],
  [160, 163, 166, 169, 172, 175, 178, 181, 184],
  [200, 203, 206, 209, 212, 215, 218, 221, 224],
  [138, 161, 184, 207, 230, 253, 20, 43, 66],
  [161, 184, 207, 230, 253, 20, 43, 66, 89],
  [0, 106, 212, 168, 18, 124, 80, 186, 36],
  [0, 113, 226, 189, 46, 159, 122, 235, 92],
  [0, 120, 240, 210, 74, 194, 164, 28, 148],
  [0, 127, 254, 231, 102, 229, 206, 77, 204],
];

const bytesOf = (base64: string) => Uint8Array.from(Buffer.from(base64, "base64"));

/** A PNG by hand; checksums are nobody's concern. */
function png(
  width: number,
  height: number,
  type: number,
  lines: number[],
  { depth = 8, interlaced = 0 } = {},
) {
  const chunk = (name: string, body: Uint8Array) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(body.length);
    return Buffer.concat([length, Buffer.from(name), body, Buffer.alloc(4)]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, type, 0, 0, interlaced], 8);
  const data = deflateSync(Uint8Array.from(lines));
  const half = data.length >> 1;
  return Uint8Array.from(
    Buffer.concat([
      Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
      chunk("IHDR", header),
      chunk("PLTE", Buffer.from([9, 9, 9, 8, 8, 8])),
      chunk("IDAT", data.subarray(0, half)),
      chunk("IDAT", data.subarray(half)),
      chunk("IEND", Buffer.alloc(0)),
    ]),
  );
}

test("a grey file of Pillow's", async () => {
  const found = await decodePng(bytesOf(GREY));
  expect([found.width, found.height, found.channels]).toEqual([9, 12, 1]);
  expect([...found.bytes]).toEqual(LINES.flat());
});

test("a file of grey with opacity: the opacity is the same lines, from the last to the first", async () => {
  const found = await decodePng(bytesOf(GREY_WITH_OPACITY));
  expect(found.channels).toBe(2);
  const upsideDown = LINES.toReversed().flat();
  expect([...found.bytes]).toEqual(LINES.flat().flatMap((grey, index) => [grey, upsideDown[index]]));
});

test("a palette's indices, not its colours, whatever is in the file as well", async () => {
  // The second line has the mean of left and above: 25 + (0 + 10) / 2 and 15 + (30 + 20) / 2; the third wraps round.
  const found = await decodePng(png(2, 3, 3, [0, 10, 20, 3, 25, 15, 2, 230, 0]));
  expect([...found.bytes]).toEqual([10, 20, 30, 40, 4, 40]);
});

test("what is no such file is refused", async () => {
  await expect(decodePng(bytesOf(COLOURS))).rejects.toThrow("colour type 2");
  await expect(decodePng(Uint8Array.of(1, 2, 3))).rejects.toThrow("no PNG");
  await expect(decodePng(png(2, 1, 0, [0, 1, 2], { depth: 4 }))).rejects.toThrow("4 bits");
  await expect(decodePng(png(2, 1, 0, [0, 1, 2], { interlaced: 1 }))).rejects.toThrow("not read");
  await expect(decodePng(png(2, 2, 0, [0, 1, 2]))).rejects.toThrow("cut short");
  await expect(decodePng(png(2, 1, 0, [5, 1, 2]))).rejects.toThrow("filter 5");
});
