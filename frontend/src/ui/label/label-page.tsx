import { Progress, Text } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { useParams } from "react-router";
import { isProblem } from "../../api/problem";
import type { ProjectView } from "../../api/types";
import type { Desk, DeskState } from "../../state/desk";
import { pace } from "../../state/held";
import { follow, progressQuery, projectQuery } from "../../state/queries";
import { useWords } from "../../words/use-words";
import { Bar } from "../bar";
import { Failed, Loading, Missing } from "../states";
import { Done } from "./done";
import { Region } from "./region";
import { useDesk } from "./use-desk";

export default function LabelPage() {
  const words = useWords();
  const { slug = "" } = useParams();
  const client = useQueryClient();
  const project = useQuery(projectQuery(slug));
  const desk = useDesk(slug);
  useDocumentTitle(`${words.label.title} · ${project.data?.name ?? "stal"}`);
  useEffect(() => follow(client, slug), [client, slug]);
  if (isProblem(project.error, "not_found")) return <Missing what="project" />;
  if (project.data === undefined && project.error !== null) {
    return <Failed title={words.project.away} error={project.error} retry={() => void project.refetch()} />;
  }
  if (project.data === undefined || desk === null) return <Loading what="regions" />;
  return <Labelling desk={desk} project={project.data} />;
}

function Labelling({ desk, project }: { desk: Desk; project: ProjectView }) {
  const words = useWords();
  const state = useSyncExternalStore(desk.subscribe, desk.getState);
  const round = project.current_round;
  const labelling = round?.state === "labelling" ? round.id : null;
  useEffect(() => desk.roundIs(labelling), [desk, labelling]);
  const crumbs = [{ label: project.name, to: `/projects/${project.slug}` }, { label: words.label.title }];
  return (
    <div style={{ height: "100dvh", display: "flex", flexDirection: "column" }}>
      <Bar crumbs={crumbs}>
        <Standing slug={project.slug} state={state} />
      </Bar>
      {state.current !== null ? (
        <Region
          key={state.current.query.id}
          seat={desk}
          item={state.current}
          labelClasses={project.classes}
          notice={state.notice}
        />
      ) : state.phase === "failed" ? (
        <Failed
          title={words.label.noRegions}
          error={new Error(state.error ?? "")}
          retry={() => desk.lookAgain()}
        />
      ) : state.phase === "empty" ? (
        <Done
          project={project}
          desk={desk}
          canGoBack={state.held.done.length > 0}
          notice={state.notice?.(words) ?? null}
        />
      ) : (
        <Loading what="regions" />
      )}
    </div>
  );
}

/** How far the round is, how far the packet, and how fast one is. */
function Standing({ slug, state }: { slug: string; state: DeskState }) {
  const { label } = useWords();
  const { data } = useQuery(progressQuery(slug));
  const { current, held } = state;
  const speed = pace(held);
  const ofPacket = held.todo.filter(({ lease }) => lease.packet_id === current?.lease.packet_id);
  if (data === undefined || data.num_queries === 0) return null;
  return (
    <div className="standing">
      <Progress
        w={140}
        size="sm"
        value={(data.num_resolved / data.num_queries) * 100}
        aria-label={label.answeredHere}
      />
      <Text span size="xs">
        {label.standing(data.num_resolved, data.num_queries)}
      </Text>
      {current !== null && (
        <Text span size="xs" className="quiet" data-testid="packet">
          {label.packet(current.lease.size - ofPacket.length + 1, current.lease.size)}
        </Text>
      )}
      {speed !== null && (
        <Text span size="xs" className="quiet pace">
          {label.pace(Math.round(speed))}
        </Text>
      )}
    </div>
  );
}
