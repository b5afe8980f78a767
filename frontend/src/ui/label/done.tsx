import { Anchor, Box, Button, Group, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { Link } from "react-router";
import type { ProjectView } from "../../api/types";
import type { Desk } from "../../state/desk";
import { progressQuery, roundsQuery } from "../../state/queries";
import type { Words } from "../../words/en";
import { useWords } from "../../words/use-words";
import { JobProgress } from "../job-progress";
import { useSession } from "../session";
import { Notice } from "../states";
import { useOwnKeys } from "../use-own-keys";

// Most who label never start a round: its form is not theirs to load.
const StartRound = lazy(() =>
  import("../project/start-round").then((module) => ({ default: module.StartRound })),
);

interface Props {
  readonly project: ProjectView;
  readonly desk: Desk;
  readonly canGoBack: boolean;
  /** Something that has happened to one's answers. */
  readonly notice: string | null;
}

/** No region for me now: why, and what happens next. */
export function Done({ project, desk, canGoBack, notice }: Props) {
  const words = useWords();
  const { user } = useSession();
  const { data } = useQuery(progressQuery(project.slug));
  const rounds = useQuery(roundsQuery(project.slug)).data;
  const [starting, setStarting] = useState(false);
  const round = project.current_round;
  const job = rounds?.find(({ id }) => id === round?.id)?.job ?? null;
  const isAtWork = job?.state === "queued" || job?.state === "running";
  const open = data === undefined ? 0 : data.num_queries - data.num_resolved;
  const labelling = round?.state === "labelling";
  const isFinished = labelling && data !== undefined && open === 0;
  const isOver = round?.state === "closed" || round?.state === "cancelled";
  const mayBegin = round === null && project.images.source_train > 0;
  const mayStart = user.role === "admin" && (mayBegin || isFinished || isOver);
  useOwnKeys(labelling && canGoBack ? { backspace: () => desk.back() } : {});
  const [title, text] = told(round, isFinished ? 0 : open, user.role === "admin", words);
  return (
    <main style={{ flex: 1, display: "flex" }} data-testid="done">
      <Notice
        title={title}
        action={
          <Group mt="sm">
            {mayStart && (
              <Button onClick={() => setStarting(true)}>
                {round === null ? words.project.round.startFirst : words.project.round.startNext}
              </Button>
            )}
            {labelling && canGoBack && (
              <Button variant="default" onClick={() => desk.back()}>
                {words.label.done.back}
              </Button>
            )}
            <Anchor component={Link} to={`/projects/${project.slug}`}>
              {words.label.done.toTheProject}
            </Anchor>
          </Group>
        }
      >
        {text}
        {notice !== null && (
          <Text mt="sm" role="status" data-testid="notice">
            {notice}
          </Text>
        )}
        {isAtWork && (
          // It moves all the time: nobody wants to hear each step read out.
          <Box
            mt="lg"
            w={420}
            maw="100%"
            mx="auto"
            role="group"
            aria-label={words.project.round.progress}
            aria-live="off"
          >
            <JobProgress slug={project.slug} job={job} />
          </Box>
        )}
      </Notice>
      {mayStart && starting && (
        <Suspense fallback={null}>
          <StartRound project={project} opened onClose={() => setStarting(false)} />
        </Suspense>
      )}
    </main>
  );
}

function told(
  round: ProjectView["current_round"],
  open: number,
  isAdmin: boolean,
  { label: { done }, project }: Words,
): readonly [title: string, text: string] {
  if (round === null) return [done.noRound.title, done.noRound.text];
  const stands = project.round.stands(round.round_index, project.state[round.state]);
  switch (round.state) {
    case "labelling":
      if (open > 0) return [done.nothingFree.title, done.nothingFree.text(open)];
      return [done.answered.title(round.round_index), isAdmin ? done.answered.admin : done.answered.others];
    case "training":
    case "evaluating":
    case "scoring":
    case "selecting":
      return [stands, done.atWork];
    case "failed":
      return [done.failed.title(round.round_index), done.failed.text];
    case "closed":
    case "cancelled":
      return [stands, done.over];
  }
}
