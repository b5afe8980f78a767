import { decodePng, type PngPixels } from "../domain/png";
import type { Inspected } from "../domain/pseudo-labels";
import { client, dataOf } from "./client";
import { pixels } from "./labelling";
import type { InspectedImage, PseudoLabelsView } from "./types";

export function pseudoLabels(roundId: string): Promise<PseudoLabelsView> {
  return dataOf(
    client.GET("/api/v1/rounds/{round_id}/pseudo-labels", { params: { path: { round_id: roundId } } }),
  );
}

/** What is known of each pixel of an image; `answered` pixels: where there are none, nothing was said. */
export async function inspected(roundId: string, { image_id, answered }: InspectedImage): Promise<Inspected> {
  const maps = `/api/v1/images/${image_id}/maps`;
  const [prediction, levels, said] = await Promise.all([
    plane(`${maps}/prediction?round=${roundId}`),
    plane(`${maps}/pixel_entropy?round=${roundId}`),
    answered === 0 ? null : plane(`/api/v1/rounds/${roundId}/answers/${image_id}`),
  ]);
  return {
    width: prediction.width,
    height: prediction.height,
    prediction: prediction.bytes,
    levels: levels.bytes,
    said: said === null ? null : { labels: everySecond(said.bytes, 0), spoken: everySecond(said.bytes, 1) },
  };
}

/** Pixels a side of a picture at most: the API sends no larger crop. */
const MOST = 2048;

/** Where the image itself is, as large as it comes. */
export function photoUrl({ image_id, width, height }: InspectedImage): string {
  return scaledUrl(image_id, Math.min(1, MOST / Math.max(width, height)));
}

/** Where the image is, made smaller to `side` pixels. */
export function thumbnailUrl({ image_id, width, height }: InspectedImage, side: number): string {
  return scaledUrl(image_id, Math.min(1, side / Math.max(width, height)));
}

function scaledUrl(imageId: string, scale: number): string {
  const rounded = Math.floor(scale * 1e4) / 1e4;
  return `/api/v1/images/${imageId}/pixels${rounded === 1 ? "" : `?scale=${rounded}`}`;
}

async function plane(url: string): Promise<PngPixels> {
  return decodePng(new Uint8Array(await (await pixels(url)).arrayBuffer()));
}

function everySecond(bytes: Uint8Array, first: number): Uint8Array {
  return Uint8Array.from({ length: bytes.length / 2 }, (_, index) => bytes[2 * index + first] ?? 0);
}
