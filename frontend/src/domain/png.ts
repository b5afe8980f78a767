/**
 * PNGs whose bytes are data: class ids, levels, opacities. Read here, byte by byte, because a canvas gives colours in
 * their place, and some browsers disturb what is read back from one.
 */

import type { Size } from "./geometry";

export interface PngPixels extends Size {
  /** Bytes a pixel: 1 for grey or a palette's index, 2 for grey with opacity. */
  readonly channels: 1 | 2;
  /** Row by row from the top left. */
  readonly bytes: Uint8Array;
}

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** Bytes a pixel by the colour type of the header: grey, palette, grey with opacity. */
const CHANNELS: Readonly<Record<number, 1 | 2>> = { 0: 1, 3: 1, 4: 2 };

/** The bytes of a PNG of 8 bits a channel, grey, with a palette, or grey with opacity; throws at any other. */
export async function decodePng(file: Uint8Array): Promise<PngPixels> {
  if (SIGNATURE.some((byte, place) => file[place] !== byte)) throw new Error("This is no PNG.");
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const [depth, type, interlaced] = [file[24], file[25] ?? -1, file[28]];
  const channels = CHANNELS[type];
  if (depth !== 8 || channels === undefined || interlaced !== 0) {
    throw new Error(`A PNG of ${depth ?? 0} bits and colour type ${type} is not read here.`);
  }
  const lines = await inflated(dataOf(file, view));
  const stride = width * channels;
  if (lines.length !== height * (stride + 1)) throw new Error("This PNG is cut short.");
  return { width, height, channels, bytes: unfiltered(lines, height, stride, channels) };
}

/** The compressed stream, from its chunks. */
function dataOf(file: Uint8Array, view: DataView): Uint8Array<ArrayBuffer>[] {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for (let start = SIGNATURE.length; start + 12 <= file.length;) {
    const length = view.getUint32(start);
    const name = String.fromCharCode(...file.subarray(start + 4, start + 8));
    if (name === "IDAT") parts.push(new Uint8Array(file.subarray(start + 8, start + 8 + length)));
    start += length + 12;
  }
  return parts;
}

async function inflated(parts: Uint8Array<ArrayBuffer>[]): Promise<Uint8Array> {
  const stream = new Blob(parts).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** PNG specification, section 9: each line is kept as its difference from what is left of it, above it, or both. */
function unfiltered(lines: Uint8Array, height: number, stride: number, channels: number): Uint8Array {
  const bytes = new Uint8Array(height * stride);
  for (let y = 0; y < height; y += 1) {
    const filter = lines[y * (stride + 1)] ?? 0;
    const from = y * (stride + 1) + 1;
    const to = y * stride;
    for (let x = 0; x < stride; x += 1) {
      const left = x < channels ? 0 : (bytes[to + x - channels] ?? 0);
      const above = y === 0 ? 0 : (bytes[to + x - stride] ?? 0);
      const corner = y === 0 || x < channels ? 0 : (bytes[to + x - stride - channels] ?? 0);
      bytes[to + x] = (lines[from + x] ?? 0) + predicted(filter, left, above, corner);
    }
  }
  return bytes;
}

function predicted(filter: number, left: number, above: number, corner: number): number {
  switch (filter) {
    case 0:
      return 0;
    case 1:
      return left;
    case 2:
      return above;
    case 3:
      return (left + above) >> 1;
    case 4: {
      const guess = left + above - corner;
      const [toLeft, toAbove, toCorner] = [left, above, corner].map((one) => Math.abs(guess - one));
      if (toLeft === undefined || toAbove === undefined || toCorner === undefined) return 0;
      if (toLeft <= toAbove && toLeft <= toCorner) return left;
      return toAbove <= toCorner ? above : corner;
    }
    default:
      throw new Error(`PNG has no line filter ${filter}.`);
  }
}
