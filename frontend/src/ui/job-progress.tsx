import { Group, Progress, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { JobView } from "../api/types";
import { liveJobQuery } from "../state/queries";
import { useWords } from "../words/use-words";

/** A job at work: what it does, how far it is, how long still. */
export function JobProgress({ slug, job }: { slug: string; job: JobView }) {
  const { project: words, numbers } = useWords();
  const { progress, message, eta_seconds } = useQuery(liveJobQuery(slug, job.id)).data ?? job;
  return (
    <>
      <Group justify="space-between" mb={6} gap="sm">
        <Text>{message}</Text>
        <Text className="quiet" data-testid="eta">
          {words.round.left(progress, eta_seconds === null ? null : numbers.duration(eta_seconds))}
        </Text>
      </Group>
      <Progress value={progress * 100} size="sm" aria-label={message} />
    </>
  );
}
