import { Button, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { Link, useParams, useSearchParams } from "react-router";
import { isProblem } from "../../api/problem";
import type { ProjectView } from "../../api/types";
import type { Desk } from "../../state/desk";
import { ImageShelf } from "../../state/image-shelf";
import { follow, projectQuery } from "../../state/queries";
import { useWords } from "../../words/use-words";
import { Bar } from "../bar";
import { useNames } from "../lesson/use-names";
import { Failed, Loading, Missing, Notice } from "../states";
import { ClosedAnswer } from "./closed-answer";
import { OpenAnswer } from "./open-answer";
import { Sheet } from "./sheet";
import { useAnswers, type Answers } from "./use-answers";
import { useRestingDesk } from "./use-resting-desk";

/** One's own newest answers in a project, to be seen again and put right. */
export default function ReviewPage() {
  const { slug = "" } = useParams();
  const client = useQueryClient();
  const { review, project: projectWords } = useWords();
  const project = useQuery(projectQuery(slug));
  const desk = useRestingDesk(slug);
  const answers = useAnswers(slug, desk);
  useDocumentTitle(`${review.title} · ${project.data?.name ?? "stal"}`);
  useEffect(() => follow(client, slug), [client, slug]);
  if (isProblem(project.error, "not_found")) return <Missing what="project" />;
  if (project.data === undefined && project.error !== null) {
    return <Failed title={projectWords.away} error={project.error} retry={() => void project.refetch()} />;
  }
  if (answers.told === null && answers.error !== null) {
    return <Failed title={review.away} error={answers.error} retry={answers.retry} />;
  }
  if (project.data === undefined || desk === null || answers.told === null) {
    return <Loading what="your answers" />;
  }
  return <Review project={project.data} desk={desk} answers={answers} told={answers.told} />;
}

interface Props {
  readonly project: ProjectView;
  readonly desk: Desk;
  readonly answers: Answers;
  readonly told: NonNullable<Answers["told"]>;
}

function Review({ project, desk, answers, told }: Props) {
  const words = useWords();
  const { review } = words;
  const names = useNames(project.classes);
  const [search, setSearch] = useSearchParams();
  const [images] = useState(() => new ImageShelf());
  const { corrections = {} } = useSyncExternalStore(desk.subscribe, () => desk.getState().held);
  const { dismiss } = answers;
  const [last, setLast] = useState<string | null>(null);
  const opened = search.get("answer");
  const at = told.findIndex(({ query }) => query.id === opened);
  const one = told[at];
  const near = [one, told[at + 1], told[at - 1]].flatMap((item) => item?.query ?? []);
  const urls = near.flatMap(({ close_up_url, context_url }) => [close_up_url, context_url]).join("\n");
  useEffect(() => images.want(urls === "" ? [] : urls.split("\n")), [images, urls]);
  const [before, after] = [told[at - 1]?.query.id ?? null, told[at + 1]?.query.id ?? null];
  const ways = useMemo(() => {
    const go = (queryId: string | null) => {
      dismiss(); // it was read; what becomes of a change of just now is told later
      setSearch(queryId === null ? {} : { answer: queryId }, { replace: true });
      if (queryId !== null) setLast(queryId);
    };
    // Beyond the last one, and before the first, there is the sheet.
    return { next: () => go(after), previous: () => go(before), sheet: () => go(null) };
  }, [setSearch, dismiss, before, after]);
  const trouble = answers.trouble?.(words) ?? null;
  const crumbs = [{ label: project.name, to: `/projects/${project.slug}` }, { label: review.title }];
  const bar = (
    <Bar crumbs={crumbs}>
      <div className="standing">
        {one !== undefined && <Text size="xs">{review.place(at + 1, told.length)}</Text>}
        {answers.numChanged > 0 && (
          <Text size="xs" className="quiet" role="status">
            {review.changed(answers.numChanged)}
          </Text>
        )}
      </div>
    </Bar>
  );
  if (one === undefined) {
    return (
      <>
        {bar}
        {told.length === 0 ? (
          <main style={{ flex: 1, display: "flex" }}>
            <Notice
              title={review.none}
              action={
                <Button mt="sm" component={Link} to={`/projects/${project.slug}/label`}>
                  {review.label}
                </Button>
              }
            >
              {review.noneIs}
            </Notice>
          </main>
        ) : (
          <main className="page" data-testid="sheet">
            <Title order={1}>{review.title}</Title>
            <Text className="quiet" mb="md">
              {review.lead}
            </Text>
            {trouble !== null && (
              <Text role="alert" mb="md" data-testid="trouble">
                {trouble}
              </Text>
            )}
            <Sheet
              told={told}
              names={names}
              begun={corrections}
              last={last}
              open={(queryId) => {
                dismiss();
                setLast(queryId);
                setSearch({ answer: queryId });
              }}
            />
          </main>
        )}
      </>
    );
  }
  const shown = { told: one, images, names, ways };
  return (
    <div style={{ height: "100dvh", display: "flex", flexDirection: "column" }}>
      {bar}
      {one.canChange ? (
        <OpenAnswer
          key={one.query.id}
          {...shown}
          {...{ desk, trouble }}
          draft={corrections[one.query.id] ?? null}
          labelClasses={project.classes}
          change={answers.change}
        />
      ) : (
        <ClosedAnswer key={one.query.id} {...shown} />
      )}
    </div>
  );
}
