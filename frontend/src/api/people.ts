import { client, dataOf } from "./client";
import type { PeopleView, PersonStatistics } from "./types";

export function getPeople(slug: string): Promise<PeopleView> {
  return dataOf(client.GET("/api/v1/projects/{slug}/people", { params: { path: { slug } } }));
}

/** What the person who asks has done in a project. */
export function getMyStatistics(slug: string): Promise<PersonStatistics> {
  return dataOf(client.GET("/api/v1/projects/{slug}/my-statistics", { params: { path: { slug } } }));
}
