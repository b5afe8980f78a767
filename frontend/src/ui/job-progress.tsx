import { Group, Progress, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { JobView } from "../api/types";
import { duration } from "../domain/words";
import { liveJobQuery } from "../state/queries";

/** A job at work: what it does, how far it is, how long still. */
export function JobProgress({ slug, job }: { slug: string; job: JobView }) {
  const { progress, message, eta_seconds } = useQuery(liveJobQuery(slug, job.id)).data ?? job;
  return (
    <>
      <Group justify="space-between" mb={6} gap="sm">
        <Text>{message}</Text>
        <Text className="quiet" data-testid="eta">
          {Math.floor(progress * 100)} %{eta_seconds === null ? "" : ` · about ${duration(eta_seconds)} left`}
        </Text>
      </Group>
      <Progress value={progress * 100} size="sm" aria-label={message} />
    </>
  );
}
