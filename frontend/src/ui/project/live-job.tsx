import { Sparkline } from "@mantine/charts";
import { Group, Progress, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { JobView } from "../../api/types";
import { readable } from "../../domain/classes";
import { duration } from "../../domain/words";
import { liveJobQuery, trainingLogQuery, type Metrics } from "../../state/queries";
import classes from "./project.module.css";

/** A job at work: how far, how long still, and its figures as they come. */
export function LiveJob({ slug, job }: { slug: string; job: JobView }) {
  const live = useQuery(liveJobQuery(slug, job.id)).data;
  const log = useQuery({
    ...trainingLogQuery(slug, job.round_id ?? ""),
    enabled: job.kind === "train_round" && job.round_id !== null,
  }).data;
  const { progress, message, eta_seconds } = live ?? job;
  const trace = joined(log ?? [], live?.trace ?? [job.metrics ?? {}]);
  const latest = trace.at(-1) ?? {};
  const figures = Object.keys(latest).filter(
    (name) => name !== "iteration" && typeof latest[name] === "number",
  );
  return (
    <div role="group" aria-label="Progress">
      <Group justify="space-between" mb={6} gap="sm">
        <Text>{message}</Text>
        <Text className="quiet" data-testid="eta">
          {Math.floor(progress * 100)} %{eta_seconds === null ? "" : ` · about ${duration(eta_seconds)} left`}
        </Text>
      </Group>
      <Progress value={progress * 100} size="sm" aria-label={message} />
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
