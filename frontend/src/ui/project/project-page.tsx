import "@mantine/charts/styles.css";

import { Anchor, Box, Button, Group, Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { Link, useParams } from "react-router";
import { isProblem } from "../../api/problem";
import type { ProjectView, RoundView } from "../../api/types";
import { curveQuery, follow, projectQuery, roundsQuery } from "../../state/queries";
import { useWords } from "../../words/use-words";
import { Bar } from "../bar";
import { GuidelinesButton } from "../guidelines/guidelines-button";
import { useSession } from "../session";
import { Failed, Loading, Missing } from "../states";
import { Checkpoints } from "./checkpoints";
import { Curve } from "./curve";
import { ImportForm } from "./import-form";
import { IouTable } from "./iou-table";
import { Members } from "./members";
import { OwnWork } from "./own-work";
import { People } from "./people/people";
import classes from "./project.module.css";
import { RoundPanel } from "./round-panel";
import { RoundsTable } from "./rounds-table";

export default function ProjectPage() {
  const { slug = "" } = useParams();
  const client = useQueryClient();
  const { project: words } = useWords();
  const project = useQuery(projectQuery(slug));
  const rounds = useQuery(roundsQuery(slug));
  useDocumentTitle(`${project.data?.name ?? slug} · stal`);
  useEffect(() => follow(client, slug), [client, slug]);
  const error = project.error ?? rounds.error;
  return (
    <>
      <Bar crumbs={[{ label: project.data?.name ?? slug }]} />
      {isProblem(error, "not_found") ? (
        <Missing what="project" />
      ) : project.data !== undefined && rounds.data !== undefined ? (
        <Project project={project.data} rounds={rounds.data} />
      ) : error !== null ? (
        <Failed title={words.away} error={error} retry={() => void client.refetchQueries()} />
      ) : (
        <Loading what="the project" />
      )}
    </>
  );
}

function Project({ project, rounds }: { project: ProjectView; rounds: readonly RoundView[] }) {
  const { project: words, practice, review } = useWords();
  const { user } = useSession();
  const { source_train, target_train, target_val } = project.images;
  const points = useQuery(curveQuery(project.slug)).data ?? [];
  const mayAct = user.role === "admin";
  const round = rounds[0] ?? null;
  const open = round?.state === "labelling" ? round.num_queries - round.num_resolved : 0;
  const evaluatedIds = new Set(points.map((point) => point.round_id));
  const evaluated = rounds.filter(({ id }) => evaluatedIds.has(id));
  const [newest] = evaluated;
  return (
    <main className="page">
      <Group justify="space-between" mb="md" align="start">
        <Box flex="1 1 300px">
          <Title order={1}>{project.name}</Title>
          <Text className="quiet">
            {words.images(source_train, target_train, target_val)} · {words.classes(project.classes.length)}
          </Text>
          {!mayAct && round !== null && <OwnWork slug={project.slug} />}
        </Box>
        <Group gap="lg">
          <GuidelinesButton project={project} mayWrite={mayAct} />
          <Anchor component={Link} to={`/projects/${project.slug}/practice`}>
            {practice.title}
          </Anchor>
          <Anchor component={Link} to={`/projects/${project.slug}/review`}>
            {review.link}
          </Anchor>
          {open > 0 && (
            <Button component={Link} to={`/projects/${project.slug}/label`}>
              {words.label(open)}
            </Button>
          )}
        </Group>
      </Group>
      <Stack gap="md">
        <RoundPanel project={project} round={round} mayAct={mayAct} />
        {round !== null && (
          <>
            <div className={classes["columns"]}>
              <Curve points={points} />
              <IouTable
                slug={project.slug}
                labelClasses={project.classes}
                evaluated={evaluated}
                warns={mayAct}
              />
            </div>
            {newest !== undefined && <Checkpoints slug={project.slug} newest={newest} />}
            <RoundsTable slug={project.slug} rounds={rounds} points={points} mayInspect={mayAct} />
          </>
        )}
        {mayAct && round !== null && <People slug={project.slug} />}
        {mayAct && (
          <div className={classes["columns"]}>
            <ImportForm slug={project.slug} />
            <Members slug={project.slug} />
          </div>
        )}
      </Stack>
    </main>
  );
}
