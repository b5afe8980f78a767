/** The page's side of the worker: orders go out, results come back as promises. */

import type { Box } from "../domain/geometry";
import type { Partition } from "../domain/partition";
import type { Mapped, Rgba, TintStyle } from "../render/tint";
import type { Order, Reply, Results, Task } from "./tasks";

interface Waiting {
  readonly resolve: (result: Results[keyof Results]) => void;
  readonly reject: (error: Error) => void;
}

let worker: Worker | null = null;
let orders = 0;
const waiting = new Map<number, Waiting>();

/** A picture, fetched and decoded; rejects where it does not come. */
export async function decode(url: string): Promise<ImageBitmap> {
  const result = await order({ type: "decode", url });
  if (result instanceof ImageBitmap) return result;
  throw new Error("The worker gave no picture.");
}

/** The superpixels of a box of a picture; `inside` is 1 in the region, null: all of the box. */
export async function findSuperpixels(url: string, box: Box, inside: Uint8Array | null): Promise<Partition> {
  const result = await order({ type: "superpixels", url, box, inside });
  if ("labels" in result) return result;
  throw new Error("The worker gave no superpixels.");
}

/** The colours of a label map, a pixel for a pixel. */
export async function colorMap(map: Mapped, style: TintStyle): Promise<Rgba> {
  const { width, height, pixels, inside } = map;
  const result = await order({ type: "tint", map: { width, height, pixels, inside }, style });
  if (result instanceof Uint32Array) return result;
  throw new Error("The worker gave no colours.");
}

function order(task: Task): Promise<Results[keyof Results]> {
  worker ??= hired();
  orders += 1;
  const message: Order = { id: orders, task };
  const hand = worker;
  return new Promise((resolve, reject) => {
    waiting.set(message.id, { resolve, reject });
    hand.postMessage(message);
  });
}

function hired(): Worker {
  const fresh = new Worker(new URL("./pictures.ts", import.meta.url), { type: "module" });
  fresh.onmessage = ({ data }: MessageEvent<Reply>) => {
    const one = waiting.get(data.id);
    waiting.delete(data.id);
    if ("result" in data) one?.resolve(data.result);
    else one?.reject(new Error(data.error));
  };
  fresh.onerror = () => {
    // It did not load, or fell: whoever waits may ask again, and gets a new one.
    for (const { reject } of waiting.values()) reject(new Error("The page's worker has stopped."));
    waiting.clear();
    worker = null;
  };
  return fresh;
}
