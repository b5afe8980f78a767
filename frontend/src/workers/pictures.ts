/** The worker's own program. See tasks.ts. */

import { fittingCount, superpixels } from "../domain/slic";
import type { Partition } from "../domain/partition";
import { tint, type Rgba } from "../render/tint";
import type { Order, Reply, Results, SuperpixelsTask, Task, TintTask } from "./tasks";

globalThis.onmessage = ({ data: { id, task } }: MessageEvent<Order>) => {
  work(task).then(
    (result) => {
      const reply: Reply = { id, result };
      globalThis.postMessage(reply, { transfer: transferable(result) });
    },
    (error: unknown) => {
      const reply: Reply = { id, error: error instanceof Error ? error.message : String(error) };
      globalThis.postMessage(reply);
    },
  );
};

async function work(task: Task): Promise<Results[keyof Results]> {
  switch (task.type) {
    case "decode":
      return decoded(task.url);
    case "superpixels":
      return cut(task);
    case "tint":
      return colored(task);
  }
}

async function decoded(url: string): Promise<ImageBitmap> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}.`);
  return createImageBitmap(await response.blob());
}

async function cut({ url, box, inside }: SuperpixelsTask): Promise<Partition> {
  const bitmap = await decoded(url);
  const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d", {
    willReadFrequently: true,
  });
  if (context === null) throw new Error("This browser gives no canvas to its workers.");
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const { data } = context.getImageData(box.x, box.y, box.width, box.height);
  return superpixels(data, box.width, box.height, inside, fittingCount(box.width * box.height));
}

function colored({ map, style }: TintTask): Rgba {
  const rgba: Rgba = new Uint32Array(map.width * map.height);
  tint(rgba, map, style, { x: 0, y: 0, width: map.width, height: map.height });
  return rgba;
}

function transferable(result: Results[keyof Results]): Transferable[] {
  if (result instanceof ImageBitmap) return [result];
  return [result instanceof Uint32Array ? result.buffer : result.labels.buffer];
}
