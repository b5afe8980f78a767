import { Anchor, Button, Group, Modal, Progress, Text, Title } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import { messageOf } from "../../api/problem";
import { cancelRound, closeRound, retryRound } from "../../api/rounds";
import type { ProjectView, RoundView } from "../../api/types";
import { keys } from "../../state/queries";
import { useWords } from "../../words/use-words";
import { inspectorOf } from "../paths";
import { LiveJob } from "./live-job";
import { StartRound } from "./start-round";
import { StateChain } from "./state-chain";
import { Trained } from "./trained";

type Step = "close" | "cancel" | "retry";

interface Props {
  project: ProjectView;
  /** The newest; null: none was started. */
  round: RoundView | null;
  mayAct: boolean;
}

/** The newest round: where it is, and what can be done with it. */
export function RoundPanel({ project, round, mayAct }: Props) {
  const { round: words } = useWords().project;
  const [starting, setStarting] = useState(false);
  const [asking, setAsking] = useState<"close" | "cancel" | null>(null);
  const client = useQueryClient();
  const act = useMutation({
    mutationFn: ({ step, id }: { step: Step; id: string }) => {
      switch (step) {
        case "close":
          return closeRound(id, true);
        case "cancel":
          return cancelRound(id);
        case "retry":
          return retryRound(id);
      }
    },
    onSuccess: () => setAsking(null),
    onSettled: () => client.invalidateQueries({ queryKey: keys.project(project.slug) }),
  });
  const run = (step: Step) => {
    if (round !== null) act.mutate({ step, id: round.id });
  };
  const open = round === null ? 0 : round.num_queries - round.num_resolved;
  const isLabelling = round?.state === "labelling";
  const isOver = round === null || round.state === "closed" || round.state === "cancelled";
  const isAtWork = !isOver && !isLabelling && round.state !== "failed";
  const hasImages = project.images.source_train > 0;
  const mayStart = (isOver && hasImages) || (isLabelling && open === 0);
  return (
    <section className="panel" aria-label={words.newest}>
      <Group justify="space-between" mb="sm">
        <Title order={2}>{round === null ? words.none : words.name(round.round_index)}</Title>
        {mayAct && (
          <Group gap="xs">
            {round !== null && round.num_queries > 0 && (
              <Button component={Link} to={inspectorOf(project.slug, round)} variant="default">
                {words.pseudoLabels}
              </Button>
            )}
            {mayStart && (
              <Button onClick={() => setStarting(true)}>
                {round === null ? words.startFirst : words.startNext}
              </Button>
            )}
            {isLabelling && (
              <Button variant="default" onClick={() => (open > 0 ? setAsking("close") : run("close"))}>
                {words.close}
              </Button>
            )}
            {round?.state === "failed" && (
              <Button onClick={() => run("retry")} loading={act.isPending}>
                {words.retry}
              </Button>
            )}
            {(isAtWork || round?.state === "failed") && (
              <Button variant="default" onClick={() => setAsking("cancel")}>
                {words.cancel}
              </Button>
            )}
          </Group>
        )}
      </Group>
      {round !== null && <StateChain round={round} />}
      {round === null && <FirstSteps project={project} mayAct={mayAct} />}
      {isAtWork && round.job !== null && round.job !== undefined && (
        <LiveJob slug={project.slug} job={round.job} labelClasses={project.classes} />
      )}
      {isLabelling && (
        <>
          <Text mb={6}>
            {open === 0
              ? words.allAnswered(round.num_queries)
              : words.someAnswered(round.num_resolved, round.num_queries)}{" "}
            <span className="quiet">{open === 0 ? words.nextLearns : words.nextWaits}</span>
          </Text>
          <Progress
            size="sm"
            value={(100 * round.num_resolved) / Math.max(1, round.num_queries)}
            aria-label={words.answered}
          />
        </>
      )}
      {round?.state === "failed" && (
        <Text className="bad" role="alert">
          {round.error ?? words.failedUnrecorded} <span className="quiet">{words.retryGoesOn}</span>
        </Text>
      )}
      {round !== null && round.num_queries > 0 && (
        <Trained slug={project.slug} round={round} labelClasses={project.classes} />
      )}
      {act.error !== null && asking === null && (
        <Text className="bad" role="alert">
          {messageOf(act.error)}
        </Text>
      )}
      {mayAct && <StartRound project={project} opened={starting} onClose={() => setStarting(false)} />}
      <Modal
        opened={asking !== null}
        onClose={() => setAsking(null)}
        title={asking === "close" ? words.askClose : words.askCancel}
      >
        <Text>{asking === "close" ? words.closing(open) : words.cancelling}</Text>
        {act.error !== null && (
          <Text className="bad" role="alert" mt="sm">
            {messageOf(act.error)}
          </Text>
        )}
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={() => setAsking(null)} data-autofocus>
            {words.leave}
          </Button>
          <Button loading={act.isPending} onClick={() => asking !== null && run(asking)}>
            {asking === "close" ? words.close : words.cancel}
          </Button>
        </Group>
      </Modal>
    </section>
  );
}

function FirstSteps({ project, mayAct }: { project: ProjectView; mayAct: boolean }) {
  const { round: words } = useWords().project;
  const { source_train, target_train } = project.images;
  if (!mayAct) return <Text className="quiet">{words.adminStarts}</Text>;
  if (source_train === 0 || target_train === 0) {
    return (
      <Text className="quiet">
        {words.importFirst.before}
        <Anchor href="#import" underline="always">
          {words.importFirst.link}
        </Anchor>
        {words.importFirst.after}
      </Text>
    );
  }
  return <Text className="quiet">{words.ready}</Text>;
}
