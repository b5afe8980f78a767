import { client, dataOf, dataOrNone } from "./client";
import type {
  AnswerReceipt,
  LeaseView,
  MyAnswer,
  NewAnswer,
  PacketView,
  PracticeItem,
  UndoReceipt,
  Verifiable,
} from "./types";

/** Only queries of one class that the teacher is so sure of; null: of the class that has most of them. */
export interface Confident {
  readonly min_probability: number;
  readonly class_id: number | null;
}

/** Lease the next queries; null where none are free. */
export function leasePacket(
  slug: string,
  size: number,
  confident: Confident | null = null,
): Promise<PacketView | null> {
  const params = { path: { slug } };
  return dataOrNone(client.POST("/api/v1/projects/{slug}/packets", { params, body: { size, confident } }));
}

/** How many queries of each class could be verified, the most first. */
export async function verifiable(slug: string, min_probability: number): Promise<readonly Verifiable[]> {
  const params = { path: { slug }, query: { min_probability } };
  return (await dataOf(client.GET("/api/v1/projects/{slug}/verification", { params }))).items;
}

export function heartbeat(packetId: string, leaseToken: string): Promise<LeaseView> {
  const params = { path: { packet_id: packetId }, header: { "Lease-Token": leaseToken } };
  return dataOf(client.POST("/api/v1/packets/{packet_id}/heartbeat", { params }));
}

export async function giveBack(packetId: string, leaseToken: string): Promise<void> {
  const params = { path: { packet_id: packetId }, header: { "Lease-Token": leaseToken } };
  await dataOrNone(client.DELETE("/api/v1/packets/{packet_id}", { params }));
}

/** Without a lease, one's own answer is given anew. */
export function putAnswer(
  queryId: string,
  leaseToken: string | null,
  body: NewAnswer,
): Promise<AnswerReceipt> {
  const params = { path: { query_id: queryId }, header: { "Lease-Token": leaseToken } };
  return dataOf(client.PUT("/api/v1/queries/{query_id}/answer", { params, body }));
}

export function undoAnswer(queryId: string, leaseToken: string | null): Promise<UndoReceipt> {
  const params = { path: { query_id: queryId }, header: { "Lease-Token": leaseToken } };
  return dataOf(client.DELETE("/api/v1/queries/{query_id}/answer", { params }));
}

/** What I have said in a project last, the newest first. */
export async function myAnswers(slug: string): Promise<readonly MyAnswer[]> {
  return (await dataOf(client.GET("/api/v1/projects/{slug}/my-answers", { params: { path: { slug } } })))
    .items;
}

/** Regions whose truth is known, to practise on; others each time. */
export async function drawPractice(slug: string, size: number): Promise<readonly PracticeItem[]> {
  const call = { params: { path: { slug } }, body: { size } };
  return (await dataOf(client.POST("/api/v1/projects/{slug}/practice", call))).items;
}

/** The bytes of an image that the API named by `url`. */
export async function pixels(url: string): Promise<Blob> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}.`);
  return response.blob();
}
