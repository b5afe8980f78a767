import { Anchor, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "react-router";
import { isProblem, messageOf } from "../../api/problem";
import type { ProjectView, RoundView } from "../../api/types";
import { projectQuery, pseudoLabelsQuery, roundsQuery } from "../../state/queries";
import { Bar } from "../bar";
import { useSession } from "../session";
import { Failed, Loading, Missing, Notice } from "../states";
import { Inspector } from "./inspector";

/** What a round's teacher is sure enough of to teach, image by image and class by class. */
export default function InspectPage() {
  const { slug = "", index = "" } = useParams();
  const project = useQuery(projectQuery(slug));
  const rounds = useQuery(roundsQuery(slug));
  const round = rounds.data?.find(({ round_index }) => String(round_index) === index);
  const name = project.data?.name ?? slug;
  useDocumentTitle(`Pseudo labels of round ${index} · ${name}`);
  const error = project.error ?? rounds.error;
  return (
    <>
      <Bar
        crumbs={[{ label: name, to: `/projects/${slug}` }, { label: `Pseudo labels of round ${index}` }]}
      />
      {isProblem(error, "not_found") || (rounds.data !== undefined && round === undefined) ? (
        <Missing what="round" />
      ) : project.data !== undefined && round !== undefined ? (
        <OfRound project={project.data} round={round} />
      ) : error !== null ? (
        <Failed title="The round did not come" error={error} retry={() => void rounds.refetch()} />
      ) : (
        <Loading what="the round" />
      )}
    </>
  );
}

function OfRound({ project, round }: { project: ProjectView; round: RoundView }) {
  const { user } = useSession();
  const isAdmin = user.role === "admin";
  const { data, error, refetch } = useQuery({
    ...pseudoLabelsQuery(project.slug, round.id),
    enabled: isAdmin,
  });
  const back = (
    <Anchor component={Link} to={`/projects/${project.slug}`}>
      To the project
    </Anchor>
  );
  if (!isAdmin) {
    return (
      <Notice title="This page is for admins" action={back}>
        It shows what everybody has answered.
      </Notice>
    );
  }
  if (isProblem(error, "not_found")) {
    return (
      <Notice title="There is nothing to inspect" action={back}>
        {messageOf(error)}
      </Notice>
    );
  }
  if (data === undefined) {
    if (error === null) return <Loading what="the pseudo labels" />;
    return <Failed title="The pseudo labels did not come" error={error} retry={() => void refetch()} />;
  }
  return (
    <main lang="en" className="page">
      <Title order={1}>Pseudo labels of round {round.round_index}</Title>
      <Text className="quiet" mb="md">
        Where the teacher is sure, its class teaches the student; where people have answered, they do.
      </Text>
      {data.images.length === 0 ? (
        <Text className="quiet">The round had no image to ask about.</Text>
      ) : (
        <Inspector round={round} labelClasses={project.classes} found={data} />
      )}
    </main>
  );
}
