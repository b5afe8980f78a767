/** What the worker does for the page: everything that takes longer than a frame may. */

import type { Box } from "../domain/geometry";
import type { Partition } from "../domain/partition";
import type { Mapped, Rgba, TintStyle } from "../render/tint";

/** A picture, fetched and decoded. */
export interface DecodeTask {
  readonly type: "decode";
  readonly url: string;
}

/** Superpixels of a part of a picture. */
export interface SuperpixelsTask {
  readonly type: "superpixels";
  readonly url: string;
  /** In pixels of the picture. */
  readonly box: Box;
  /** Of the box: 1 in the region; null: everywhere. */
  readonly inside: Uint8Array | null;
}

/** The colours of a label map. */
export interface TintTask {
  readonly type: "tint";
  readonly map: Mapped;
  readonly style: TintStyle;
}

export type Task = DecodeTask | SuperpixelsTask | TintTask;

export interface Results {
  readonly decode: ImageBitmap;
  readonly superpixels: Partition;
  readonly tint: Rgba;
}

export interface Order {
  readonly id: number;
  readonly task: Task;
}

export type Reply =
  | { readonly id: number; readonly result: Results[keyof Results] }
  | { readonly id: number; readonly error: string };
