import { client, dataOf } from "./client";
import type { CurvePoint, MetricsView, NewRound, RoundForecast, RoundView } from "./types";

export async function listRounds(slug: string): Promise<RoundView[]> {
  return (await dataOf(client.GET("/api/v1/projects/{slug}/rounds", { params: { path: { slug } } }))).items;
}

/** What a round would cost; starts nothing. */
export async function forecastRound(slug: string, body: NewRound): Promise<RoundForecast> {
  const params = { path: { slug }, query: { dry_run: true } };
  const forecast = await dataOf(client.POST("/api/v1/projects/{slug}/rounds", { params, body }));
  if (!("human_hours" in forecast))
    throw new Error("The service started a round when it was asked for a forecast.");
  return forecast;
}

/** Start the next round. The same key never starts two. */
export async function startRound(slug: string, body: NewRound, key: string): Promise<void> {
  const params = { path: { slug }, header: { "Idempotency-Key": key } };
  await dataOf(client.POST("/api/v1/projects/{slug}/rounds", { params, body }));
}

export function closeRound(roundId: string, discardOpen: boolean): Promise<RoundView> {
  const params = { path: { round_id: roundId } };
  return dataOf(
    client.POST("/api/v1/rounds/{round_id}/close", { params, body: { discard_open: discardOpen } }),
  );
}

export function cancelRound(roundId: string): Promise<RoundView> {
  return dataOf(client.POST("/api/v1/rounds/{round_id}/cancel", { params: { path: { round_id: roundId } } }));
}

export function retryRound(roundId: string): Promise<RoundView> {
  return dataOf(client.POST("/api/v1/rounds/{round_id}/retry", { params: { path: { round_id: roundId } } }));
}

export async function learningCurve(slug: string): Promise<CurvePoint[]> {
  const params = { path: { slug } };
  return (await dataOf(client.GET("/api/v1/projects/{slug}/learning-curve", { params }))).points;
}

export function roundMetrics(roundId: string): Promise<MetricsView> {
  return dataOf(client.GET("/api/v1/rounds/{round_id}/metrics", { params: { path: { round_id: roundId } } }));
}

export async function trainingLog(roundId: string): Promise<Record<string, unknown>[]> {
  const params = { path: { round_id: roundId } };
  return (await dataOf(client.GET("/api/v1/rounds/{round_id}/training-log", { params }))).rows;
}
