import { Anchor } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState, useSyncExternalStore } from "react";
import { Link, useParams } from "react-router";
import { isProblem } from "../../api/problem";
import type { ProjectView } from "../../api/types";
import { readable } from "../../domain/classes";
import type { Desk } from "../../state/desk";
import { onSheet } from "../../state/held";
import { follow, projectQuery, verifiableQuery } from "../../state/queries";
import { useWords } from "../../words/use-words";
import { Bar } from "../bar";
import { useDesk } from "../label/use-desk";
import { Failed, Loading, Missing, Notice } from "../states";
import classes from "./check.module.css";
import { Sheet } from "./sheet";

/** Verification: regions that the network is sure of, a class at a time, as contact sheets. */
export default function CheckPage() {
  const words = useWords();
  const { slug = "" } = useParams();
  const client = useQueryClient();
  const project = useQuery(projectQuery(slug));
  const desk = useDesk(slug, "sheets");
  useDocumentTitle(`${words.grid.title} · ${project.data?.name ?? "stal"}`);
  useEffect(() => follow(client, slug), [client, slug]);
  if (isProblem(project.error, "not_found")) return <Missing what="project" />;
  if (project.data === undefined && project.error !== null) {
    return <Failed title={words.project.away} error={project.error} retry={() => void project.refetch()} />;
  }
  if (project.data === undefined || desk === null) return <Loading what="regions" />;
  return <Checking desk={desk} project={project.data} />;
}

function Checking({ desk, project }: { desk: Desk; project: ProjectView }) {
  const { grid, label } = useWords();
  const state = useSyncExternalStore(desk.subscribe, desk.getState);
  const round = project.current_round;
  const labelling = round?.state === "labelling" ? round.id : null;
  useEffect(() => desk.roundIs(labelling), [desk, labelling]);
  /** How many each confirmed sheet held, the newest last. */
  const [confirmed, setConfirmed] = useState<readonly number[]>([]);
  const sheet = onSheet(state.held);
  const classId = sheet[0]?.query.suggestion.classes[0]?.class_id;
  const items = sheet.filter(({ query }) => query.suggestion.classes[0]?.class_id === classId);
  const labelClass = project.classes.find((one) => one.class_id === classId);
  const toLabel = `/projects/${project.slug}/label`;
  const crumbs = [{ label: project.name, to: `/projects/${project.slug}` }, { label: grid.title }];
  const back = () => {
    desk.back(confirmed.at(-1));
    setConfirmed(confirmed.slice(0, -1));
  };
  return (
    <div className={classes["page"]}>
      <Bar crumbs={crumbs} />
      {labelClass !== undefined ? (
        <main className={classes["main"]} data-testid="check">
          <Choice desk={desk} project={project} chosen={labelClass.class_id} onHand={items.length} />
          <Sheet
            key={`${items[0]?.query.id ?? ""} ${items.length}`}
            desk={desk}
            items={items}
            labelClass={labelClass}
            numMarked={state.held.todo.length - sheet.length}
            toLabel={toLabel}
            canGoBack={confirmed.length > 0}
            onConfirmed={(number) => setConfirmed([...confirmed, number])}
            onBack={back}
          />
        </main>
      ) : state.idle === "failed" ? (
        <Failed title={label.noRegions} error={new Error(state.error ?? "")} retry={() => desk.lookAgain()} />
      ) : state.idle === "empty" ? (
        <main style={{ flex: 1, display: "flex" }}>
          <Notice
            title={grid.none}
            action={
              <Anchor component={Link} to={toLabel}>
                {grid.oneByOne}
              </Anchor>
            }
          >
            {grid.noneText}
          </Notice>
        </main>
      ) : (
        <Loading what="regions" />
      )}
    </div>
  );
}

interface ChoiceProps {
  readonly desk: Desk;
  readonly project: ProjectView;
  readonly chosen: number;
  /** How many of the chosen class are on the sheet. */
  readonly onHand: number;
}

/** The classes with something to verify. */
function Choice({ desk, project, chosen, onHand }: ChoiceProps) {
  const { grid } = useWords();
  const { data = [] } = useQuery(verifiableQuery(project.slug));
  const free = new Map(data.map(({ class_id, num_free }) => [class_id, num_free]));
  const offered = project.classes.filter(({ class_id }) => class_id === chosen || free.has(class_id));
  return (
    <div className={classes["choice"]} role="group" aria-label={grid.classes}>
      {offered.map(({ class_id, name, color }) => (
        <button
          key={class_id}
          type="button"
          className={classes["class"]}
          aria-pressed={class_id === chosen}
          onClick={() => {
            if (class_id !== chosen) desk.verify(class_id);
          }}
        >
          <span className="swatch" style={{ background: color }} />
          {grid.free(readable(name), (free.get(class_id) ?? 0) + (class_id === chosen ? onHand : 0))}
        </button>
      ))}
    </div>
  );
}
