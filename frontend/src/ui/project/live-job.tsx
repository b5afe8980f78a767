import { Sparkline } from "@mantine/charts";
import { useQuery } from "@tanstack/react-query";
import type { JobView } from "../../api/types";
import { readable } from "../../domain/classes";
import { liveJobQuery, trainingLogQuery, type Metrics } from "../../state/queries";
import { JobProgress } from "../job-progress";
import classes from "./project.module.css";

/** A job at work, and its figures as they come. */
export function LiveJob({ slug, job }: { slug: string; job: JobView }) {
  const live = useQuery(liveJobQuery(slug, job.id)).data;
  const log = useQuery({
    ...trainingLogQuery(slug, job.round_id ?? ""),
    enabled: job.kind === "train_round" && job.round_id !== null,
  }).data;
  const trace = joined(log ?? [], live?.trace ?? [job.metrics ?? {}]);
  const latest = trace.at(-1) ?? {};
  const figures = Object.keys(latest).filter(
    (name) => name !== "iteration" && typeof latest[name] === "number",
  );
  return (
    <div role="group" aria-label="Progress">
      <JobProgress slug={slug} job={job} />
      {figures.length > 0 && (
        <dl className={classes["figures"]}>
          {figures.map((name) => {
            const values = trace.map((row) => row[name]).filter((value) => typeof value === "number");
            return (
              <div key={name}>
                <dt>{readable(name)}</dt>
                <dd>{values.at(-1)?.toFixed(3)}</dd>
                {values.length > 2 && (
                  <Sparkline
                    w={110}
                    h={28}
                    data={values}
                    color="var(--accent)"
                    fillOpacity={0}
                    strokeWidth={1.25}
                  />
                )}
              </div>
            );
          })}
        </dl>
      )}
    </div>
  );
}

/** The log so far, and after it what came live since. */
function joined(log: readonly Metrics[], live: readonly Metrics[]): readonly Metrics[] {
  const last = Number(log.at(-1)?.["iteration"] ?? -1);
  return [...log, ...live.filter((row) => !(Number(row["iteration"]) <= last))];
}
