import { Progress, Text } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { useParams } from "react-router";
import { isProblem } from "../../api/problem";
import type { ProjectView } from "../../api/types";
import { counted } from "../../domain/words";
import type { Desk, DeskState } from "../../state/desk";
import { pace } from "../../state/held";
import { follow, progressQuery, projectQuery } from "../../state/queries";
import { Bar } from "../bar";
import { Failed, Loading, Missing } from "../states";
import { Done } from "./done";
import { Region } from "./region";
import { useDesk } from "./use-desk";

export default function LabelPage() {
  const { slug = "" } = useParams();
  const client = useQueryClient();
  const project = useQuery(projectQuery(slug));
  const desk = useDesk(slug);
  useDocumentTitle(`Label · ${project.data?.name ?? "stal"}`);
  useEffect(() => follow(client, slug), [client, slug]);
  if (isProblem(project.error, "not_found")) return <Missing what="project" />;
  if (project.data === undefined && project.error !== null) {
    return (
      <Failed title="The project did not come" error={project.error} retry={() => void project.refetch()} />
    );
  }
  if (project.data === undefined || desk === null) return <Loading what="regions" />;
  return <Labelling desk={desk} project={project.data} />;
}

function Labelling({ desk, project }: { desk: Desk; project: ProjectView }) {
  const state = useSyncExternalStore(desk.subscribe, desk.getState);
  const round = project.current_round;
  const labelling = round?.state === "labelling" ? round.id : null;
  useEffect(() => desk.roundIs(labelling), [desk, labelling]);
  const crumbs = [{ label: project.name, to: `/projects/${project.slug}` }, { label: "Label" }];
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
        <Failed title="No regions came" error={new Error(state.error ?? "")} retry={() => desk.lookAgain()} />
      ) : state.phase === "empty" ? (
        <Done project={project} desk={desk} canGoBack={state.held.done.length > 0} />
      ) : (
        <Loading what="regions" />
      )}
    </div>
  );
}

/** How far the round is, how far the packet, and how fast one is. */
function Standing({ slug, state }: { slug: string; state: DeskState }) {
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
        aria-label="Answered in this round"
      />
      <Text span size="xs">
        {data.num_resolved.toLocaleString("en")} of {counted(data.num_queries, "region")}
      </Text>
      {current !== null && (
        <Text span size="xs" className="quiet" data-testid="packet">
          {current.lease.size - ofPacket.length + 1} of {current.lease.size} in this packet
        </Text>
      )}
      {speed !== null && (
        <Text span size="xs" className="quiet pace">
          {Math.round(speed)} a minute
        </Text>
      )}
    </div>
  );
}
