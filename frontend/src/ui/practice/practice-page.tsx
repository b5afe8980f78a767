import { Anchor } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { Link, useParams } from "react-router";
import { isProblem } from "../../api/problem";
import type { PracticeItem, ProjectView } from "../../api/types";
import { Practice } from "../../state/practice";
import { practiceQuery, projectQuery } from "../../state/queries";
import { useWords } from "../../words/use-words";
import { Bar } from "../bar";
import { Failed, Loading, Missing, Notice } from "../states";
import { Round } from "./round";

/** Regions whose answer is known, to learn on before one says what counts. */
export default function PracticePage() {
  const { slug = "" } = useParams();
  const { practice: words, project: projectWords } = useWords();
  const project = useQuery(projectQuery(slug));
  const [round, setRound] = useState(0);
  const drawn = useQuery(practiceQuery(slug, round));
  useDocumentTitle(`${words.title} · ${project.data?.name ?? "stal"}`);
  if (isProblem(project.error, "not_found")) return <Missing what="project" />;
  if (project.data !== undefined && drawn.data !== undefined && drawn.data.length > 0) {
    return <Drawn key={round} project={project.data} items={drawn.data} again={() => setRound(round + 1)} />;
  }
  const isEmpty = isProblem(drawn.error, "missing_data") || drawn.data?.length === 0;
  return (
    <>
      <PracticeBar slug={slug} name={project.data?.name ?? slug} />
      <main style={{ flex: 1, display: "flex" }}>
        {isEmpty ? (
          <Notice
            title={words.none}
            action={
              <Anchor component={Link} to={`/projects/${slug}`}>
                {words.toTheProject}
              </Anchor>
            }
          >
            {words.noneIs}
          </Notice>
        ) : project.error !== null ? (
          <Failed title={projectWords.away} error={project.error} retry={() => void project.refetch()} />
        ) : drawn.error !== null ? (
          <Failed title={words.away} error={drawn.error} retry={() => void drawn.refetch()} />
        ) : (
          <Loading what="regions" />
        )}
      </main>
    </>
  );
}

interface DrawnProps {
  readonly project: ProjectView;
  readonly items: readonly PracticeItem[];
  readonly again: () => void;
}

function Drawn({ project, items, again }: DrawnProps) {
  const practice = useMemo(() => new Practice(items), [items]);
  return (
    <div style={{ height: "100dvh", display: "flex", flexDirection: "column" }}>
      <PracticeBar slug={project.slug} name={project.name} />
      <Round practice={practice} project={project} again={again} />
    </div>
  );
}

function PracticeBar({ slug, name }: { slug: string; name: string }) {
  const { practice: words } = useWords();
  return <Bar crumbs={[{ label: name, to: `/projects/${slug}` }, { label: words.title }]} />;
}
