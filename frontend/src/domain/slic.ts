/**
 * Superpixels of a small picture, to be named one by one: pieces of similar size that follow its edges.
 *
 * Source: Achanta et al. 2012, SLIC superpixels, IEEE TPAMI 34(11). Pieces of which too little is left are joined to a
 * neighbour, so that each is connected. It is for people to point at: what they say is stored as pixels, so it need not be
 * the cut that asking by superpixels works with.
 */

import { merged, type Partition, piecesOf } from "./partition";

const COMPACTNESS = 12; // how square against how true to colour, in units of CIELAB
const ITERATIONS = 8;
const LEAST_SHARE = 0.25; // of the mean size

/** Four bytes a pixel, red first, as canvases have them; `inside` is 1 in the region, null: everywhere. */
export function superpixels(
  rgba: Uint8ClampedArray,
  width: number,
  height: number,
  inside: Uint8Array | null,
  count: number,
): Partition {
  const lab = labOf(rgba);
  const step = Math.max(1, Math.sqrt((width * height) / count));
  const labels = assigned(lab, width, height, step);
  const pieces = piecesOf(width, height, labels, inside);
  return merged(pieces, Math.max(3, step * step * LEAST_SHARE));
}

/** How many to cut a region of so many pixels into: few in a window, more in a picture. */
export function fittingCount(numPixels: number): number {
  return Math.round(Math.min(400, Math.max(10, numPixels / 400)));
}

/** Columns of a centre: L, a, b, x, y. */
function assigned(lab: Float32Array, width: number, height: number, step: number): Uint32Array {
  const centres = seeds(lab, width, height, step);
  const labels = new Uint32Array(width * height);
  const nearest = new Float32Array(width * height);
  const weight = (COMPACTNESS / step) ** 2;
  for (let round = 0; round < ITERATIONS; round += 1) {
    nearest.fill(Infinity);
    centres.forEach(([l, a, b, cx, cy], nth) => {
      const [x0, x1] = [Math.max(0, Math.floor(cx - step)), Math.min(width - 1, Math.ceil(cx + step))];
      const [y0, y1] = [Math.max(0, Math.floor(cy - step)), Math.min(height - 1, Math.ceil(cy + step))];
      for (let y = y0; y <= y1; y += 1) {
        for (let x = x0; x <= x1; x += 1) {
          const index = y * width + x;
          const at = 3 * index;
          const [dl, da, db] = [(lab[at] ?? 0) - l, (lab[at + 1] ?? 0) - a, (lab[at + 2] ?? 0) - b];
          const far = dl * dl + da * da + db * db + weight * ((x - cx) ** 2 + (y - cy) ** 2);
          if (far >= (nearest[index] ?? 0)) continue;
          nearest[index] = far;
          labels[index] = nth;
        }
      }
    });
    recentre(centres, labels, lab, width);
  }
  return labels;
}

type Centre = [l: number, a: number, b: number, x: number, y: number];

function seeds(lab: Float32Array, width: number, height: number, step: number): Centre[] {
  const [columns, rows] = [Math.max(1, Math.round(width / step)), Math.max(1, Math.round(height / step))];
  return Array.from({ length: columns * rows }, (_, nth): Centre => {
    const x = ((nth % columns) + 0.5) * (width / columns) - 0.5;
    const y = (Math.floor(nth / columns) + 0.5) * (height / rows) - 0.5;
    const at = 3 * (Math.round(y) * width + Math.round(x));
    return [lab[at] ?? 0, lab[at + 1] ?? 0, lab[at + 2] ?? 0, x, y];
  });
}

function recentre(centres: Centre[], labels: Uint32Array, lab: Float32Array, width: number): void {
  const sums = centres.map((): [...Centre, number] => [0, 0, 0, 0, 0, 0]);
  labels.forEach((label, index) => {
    const sum = sums[label];
    if (sum === undefined) return;
    sum[0] += lab[3 * index] ?? 0;
    sum[1] += lab[3 * index + 1] ?? 0;
    sum[2] += lab[3 * index + 2] ?? 0;
    sum[3] += index % width;
    sum[4] += Math.floor(index / width);
    sum[5] += 1;
  });
  sums.forEach(([l, a, b, x, y, count], nth) => {
    if (count > 0) centres[nth] = [l / count, a / count, b / count, x / count, y / count];
  });
}

/** CIELAB (D65) of sRGB, three numbers a pixel. */
function labOf(rgba: Uint8ClampedArray): Float32Array {
  const lab = new Float32Array((rgba.length / 4) * 3);
  const linear = (byte: number) => {
    const value = byte / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  const curve = (value: number) =>
    value > 216 / 24389 ? Math.cbrt(value) : (24389 / 27 / 116) * value + 4 / 29;
  for (let pixel = 0; pixel < rgba.length / 4; pixel += 1) {
    const [r, g, b] = [0, 1, 2].map((channel) => linear(rgba[4 * pixel + channel] ?? 0));
    const [red, green, blue] = [r ?? 0, g ?? 0, b ?? 0];
    const x = curve((0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505);
    const y = curve(0.2126 * red + 0.7152 * green + 0.0722 * blue);
    const z = curve((0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089);
    lab.set([116 * y - 16, 500 * (x - y), 200 * (y - z)], 3 * pixel);
  }
  return lab;
}
