/** What screens read from the server, by name; and how bells make them read again. */

import { queryOptions, type QueryClient } from "@tanstack/react-query";
import { me } from "../api/auth";
import { listen } from "../api/events";
import { getMyStatistics, getPeople } from "../api/people";
import { getExamples, getProgress, getProject, listJobs, listMembers, listProjects } from "../api/projects";
import { inspected, photoUrl, pseudoLabels } from "../api/pseudo-labels";
import { learningCurve, listRounds, roundMetrics, trainingLog } from "../api/rounds";
import { drawPractice, myAnswers, pixels, verifiable } from "../api/labelling";
import type { InspectedImage, JobView, Preferences } from "../api/types";
import { Database, keptOf } from "./database";
import { SURE } from "./packets";

export const keys = {
  me: ["me"],
  preferences: (userId: string) => ["preferences", userId],
  projects: ["projects"],
  project: (slug: string) => ["project", slug],
} as const;

export const meQuery = queryOptions({
  queryKey: keys.me,
  queryFn: ({ signal }) => me(signal),
  staleTime: Infinity,
});

/** How the app behaves for this person, in any browser. */
export const preferencesQuery = (userId: string) =>
  queryOptions({
    queryKey: keys.preferences(userId),
    queryFn: async ({ signal }): Promise<Preferences> => ({
      ...UNCHANGED,
      ...(await me(signal))?.preferences,
    }),
    staleTime: Infinity,
  });

/** The preferences of somebody who has not said any. */
export const UNCHANGED: Preferences = { keys: {}, single_keys: true, language: null };

/** What this browser keeps for the server, of anybody. For who is signed out: others have an outbox. */
export const keptQuery = queryOptions({
  queryKey: ["kept"],
  queryFn: async () => {
    const database = await Database.open();
    try {
      return keptOf(await database.entries());
    } finally {
      database.close();
    }
  },
  networkMode: "always",
  refetchInterval: 1_000, // what was said last may be on its way there still
});

export const projectsQuery = queryOptions({ queryKey: keys.projects, queryFn: listProjects });

export const projectQuery = (slug: string) =>
  queryOptions({ queryKey: [...keys.project(slug), "itself"], queryFn: () => getProject(slug) });

export const progressQuery = (slug: string) =>
  queryOptions({ queryKey: [...keys.project(slug), "progress"], queryFn: () => getProgress(slug) });

/** What could be verified at a glance, by class. */
export const verifiableQuery = (slug: string) =>
  queryOptions({
    queryKey: ["verifiable", slug], // no bell rings for it: to count it costs the server something
    queryFn: () => verifiable(slug, SURE),
  });

export const membersQuery = (slug: string) =>
  queryOptions({ queryKey: [...keys.project(slug), "members"], queryFn: () => listMembers(slug) });

export const peopleQuery = (slug: string) =>
  queryOptions({ queryKey: [...keys.project(slug), "people"], queryFn: () => getPeople(slug) });

export const myStatisticsQuery = (slug: string) =>
  queryOptions({ queryKey: [...keys.project(slug), "my-statistics"], queryFn: () => getMyStatistics(slug) });

export const examplesQuery = (slug: string, classId: number) =>
  queryOptions({
    queryKey: [...keys.project(slug), "examples", classId],
    queryFn: () => getExamples(slug, classId),
  });

export const roundsQuery = (slug: string) =>
  queryOptions({ queryKey: [...keys.project(slug), "rounds"], queryFn: () => listRounds(slug) });

export const jobsQuery = (slug: string) =>
  queryOptions({ queryKey: [...keys.project(slug), "jobs"], queryFn: () => listJobs(slug) });

export const curveQuery = (slug: string) =>
  queryOptions({ queryKey: [...keys.project(slug), "curve"], queryFn: () => learningCurve(slug) });

export const metricsQuery = (slug: string, roundId: string) =>
  queryOptions({
    queryKey: [...keys.project(slug), "metrics", roundId],
    queryFn: () => roundMetrics(roundId),
  });

export const trainingLogQuery = (slug: string, roundId: string) =>
  queryOptions({
    queryKey: [...keys.project(slug), "training-log", roundId],
    queryFn: () => trainingLog(roundId),
  });

/** Scored once, a round's counts never change; nor do its pictures. */
export const pseudoLabelsQuery = (slug: string, roundId: string) =>
  queryOptions({
    queryKey: [...keys.project(slug), "pseudo-labels", roundId],
    queryFn: () => pseudoLabels(roundId),
    staleTime: Infinity,
  });

/** Megabytes each: not kept for long. Not below the project's key, whose bells ask again for what is there. */
export const inspectedQuery = (roundId: string, image: InspectedImage) =>
  queryOptions({
    queryKey: ["inspected", roundId, image.image_id],
    queryFn: () => inspected(roundId, image),
    staleTime: Infinity,
    gcTime: 30_000,
  });

export const photoQuery = (image: InspectedImage) =>
  queryOptions({
    queryKey: ["photo", image.image_id],
    queryFn: async () => createImageBitmap(await pixels(photoUrl(image))),
    staleTime: Infinity,
    gcTime: 30_000,
  });

/** Read anew on each visit only, and when something happens: nothing moves under the hands of who looks through it. */
export const myAnswersQuery = (slug: string) =>
  queryOptions({
    queryKey: [...keys.project(slug), "my-answers"],
    queryFn: () => myAnswers(slug),
    staleTime: Infinity,
    refetchOnMount: "always",
  });

const PRACTICE_SIZE = 10;

/** Others for each `round`, and the same until then: bells change nothing about them. */
export const practiceQuery = (slug: string, round: number) =>
  queryOptions({
    queryKey: ["practice", slug, round],
    queryFn: () => drawPractice(slug, PRACTICE_SIZE),
    staleTime: Infinity,
    gcTime: 0,
  });

/** The figures of a job's event, which come many times a second and are shown without asking again. */
export interface LiveJob {
  readonly progress: number;
  readonly message: string;
  readonly eta_seconds: number | null;
  /** The newest figures of the work, oldest first. */
  readonly trace: readonly Metrics[];
}

export type Metrics = Readonly<Record<string, unknown>>;
const TRACE = 200;

/** Nothing is fetched: events fill it. */
export const liveJobQuery = (slug: string, jobId: string) =>
  queryOptions<LiveJob | null>({
    queryKey: [...keys.project(slug), "live", jobId],
    queryFn: () => null,
    staleTime: Infinity,
  });

/** Answers come many a second; what is counted of them is asked for once in so long, ms. */
const COUNTING = 1_000;

/** Keep what is read of a project fresh until the returned function is called. */
export function follow(client: QueryClient, slug: string): () => void {
  const refresh = (...names: string[]) => {
    for (const name of names) void client.invalidateQueries({ queryKey: [...keys.project(slug), name] });
  };
  const count = ({ round_id, num_resolved, num_queries }: Record<string, unknown>) => {
    if (typeof num_resolved !== "number" || typeof num_queries !== "number") return;
    const counters = { num_resolved, num_queries };
    client.setQueryData(progressQuery(slug).queryKey, (old) => old && { ...old, ...counters });
    client.setQueryData(roundsQuery(slug).queryKey, (old) =>
      old?.map((round) => (round.id === round_id ? { ...round, ...counters } : round)),
    );
  };
  let counting: ReturnType<typeof setTimeout> | undefined;
  const countSoon = () => {
    counting ??= setTimeout(() => {
      counting = undefined;
      refresh("people", "my-statistics");
    }, COUNTING);
  };
  const live = (payload: Record<string, unknown>) => {
    if (!isLive(payload)) return;
    const { progress, message, eta_seconds, metrics } = payload;
    client.setQueryData(liveJobQuery(slug, payload.job_id).queryKey, (old) => {
      const trace = [...(old?.trace ?? []), metrics].slice(-TRACE);
      return { progress, message, eta_seconds, trace };
    });
  };
  const everything = () => {
    void client.invalidateQueries({
      queryKey: keys.project(slug),
      predicate: ({ queryKey }) => queryKey[2] !== "live",
    });
  };
  const unfollow = listen(
    slug,
    (kind, payload) => {
      switch (kind) {
        case "query":
          countSoon();
          return count(payload);
        case "job":
          live(payload);
          return payload["state"] === "running" && payload["round_id"] !== null
            ? undefined
            : refresh("jobs", "rounds");
        case "round":
        case "project":
          return everything();
      }
    },
    everything,
  );
  return () => {
    clearTimeout(counting);
    unfollow();
  };
}

type JobBell = Pick<JobView, "progress" | "message" | "eta_seconds" | "metrics"> & {
  job_id: string;
  metrics: Metrics;
};

function isLive(payload: Record<string, unknown>): payload is JobBell {
  return typeof payload["job_id"] === "string" && typeof payload["progress"] === "number";
}
