import { Anchor, Box, Button, Group } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useEffectEvent, useState } from "react";
import { Link } from "react-router";
import type { ProjectView } from "../../api/types";
import { counted } from "../../domain/words";
import type { Desk } from "../../state/desk";
import { progressQuery, roundsQuery } from "../../state/queries";
import { JobProgress } from "../job-progress";
import { StartRound } from "../project/start-round";
import { useSession } from "../session";
import { Notice } from "../states";

/** No region for me now: why, and what happens next. */
export function Done({ project, desk, canGoBack }: { project: ProjectView; desk: Desk; canGoBack: boolean }) {
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
  useBackspace(labelling && canGoBack, () => desk.back());
  const [title, text] = told(round, open, isFinished, user.role === "admin");
  return (
    <main style={{ flex: 1, display: "flex" }} data-testid="done">
      <Notice
        title={title}
        action={
          <Group mt="sm">
            {mayStart && (
              <Button onClick={() => setStarting(true)}>
                {round === null ? "Start the first round" : "Start the next round"}
              </Button>
            )}
            {labelling && canGoBack && (
              <Button variant="default" onClick={() => desk.back()}>
                Back to my last answer
              </Button>
            )}
            <Anchor component={Link} to={`/projects/${project.slug}`}>
              To the project
            </Anchor>
          </Group>
        }
      >
        {text}
        {isAtWork && (
          // It moves all the time: nobody wants to hear each step read out.
          <Box mt="lg" w={420} maw="100%" mx="auto" role="group" aria-label="Progress" aria-live="off">
            <JobProgress slug={project.slug} job={job} />
          </Box>
        )}
      </Notice>
      {mayStart && <StartRound project={project} opened={starting} onClose={() => setStarting(false)} />}
    </main>
  );
}

function told(
  round: ProjectView["current_round"],
  open: number,
  isFinished: boolean,
  isAdmin: boolean,
): readonly [title: string, text: string] {
  if (round === null)
    return ["No round has started yet", "Regions come once a round has trained and chosen them."];
  const name = `Round ${round.round_index}`;
  switch (round.state) {
    case "labelling":
      if (!isFinished) {
        return [
          "Nothing free for you just now",
          `${counted(open, "region")} of this round ${open === 1 ? "is" : "are"} with others, or ${open === 1 ? "waits" : "wait"} for a second opinion. This page looks again by itself.`,
        ];
      }
      return [
        `${name} is answered. Thank you`,
        isAdmin
          ? "Start the next round: the network learns from the answers, and asks about what it still gets wrong."
          : "The next round begins when an admin starts it; its regions then come up here by themselves.",
      ];
    case "training":
    case "evaluating":
    case "scoring":
    case "selecting":
      return [`${name} is ${round.state}`, "Its regions come up here by themselves once they are chosen."];
    case "failed":
      return [`${name} has failed`, "An admin can see why on the project's page, and try again."];
    case "closed":
    case "cancelled":
      return [`${name} is ${round.state}`, "It takes no answers any more. Regions come with the next round."];
  }
}

function useBackspace(active: boolean, back: () => void): void {
  const pressed = useEffectEvent((event: KeyboardEvent) => {
    if (active && event.key === "Backspace" && !(event.target instanceof HTMLInputElement)) back();
  });
  useEffect(() => {
    const onDown = (event: KeyboardEvent) => pressed(event);
    globalThis.addEventListener("keydown", onDown);
    return () => globalThis.removeEventListener("keydown", onDown);
  }, []);
}
