import { Anchor, Table, Title, VisuallyHidden } from "@mantine/core";
import { Link } from "react-router";
import type { CurvePoint, RoundView } from "../../api/types";
import { useWords } from "../../words/use-words";
import { inspectorOf } from "../paths";
import classes from "./project.module.css";

interface Props {
  slug: string;
  rounds: readonly RoundView[];
  points: readonly CurvePoint[];
  /** Whether its pseudo labels are linked to. */
  mayInspect: boolean;
}

/** Every round, newest first. */
export function RoundsTable({ slug, rounds, points, mayInspect }: Props) {
  const { project, numbers, projects } = useWords();
  const words = project.rounds;
  const { columns } = words;
  const learnt = new Map(points.map((point) => [point.round_id, point]));
  return (
    <section className="panel" aria-label={words.title}>
      <Title order={2} mb="sm">
        {words.title}
      </Title>
      <div className={classes["scrolls"]} tabIndex={0} role="group" aria-label={words.title}>
        <Table style={{ whiteSpace: "nowrap" }}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{columns.round}</Table.Th>
              <Table.Th>{columns.state}</Table.Th>
              <Table.Th ta="right">{columns.answered}</Table.Th>
              <Table.Th ta="right">{columns.askedBy}</Table.Th>
              <Table.Th ta="right">mIoU</Table.Th>
              <Table.Th ta="right">{columns.learnedFrom}</Table.Th>
              <Table.Th ta="right">{columns.humanTime}</Table.Th>
              <Table.Th>{columns.started}</Table.Th>
              {mayInspect && (
                <Table.Th>
                  <VisuallyHidden>{columns.pseudoLabels}</VisuallyHidden>
                </Table.Th>
              )}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rounds.map((round) => {
              const point = learnt.get(round.id);
              return (
                <Table.Tr key={round.id}>
                  <Table.Td>{round.round_index}</Table.Td>
                  <Table.Td className={round.state === "failed" ? "bad" : undefined}>
                    {project.state[round.state]}
                  </Table.Td>
                  <Table.Td ta="right">
                    {round.num_queries === 0 ? "–" : projects.answered(round.num_resolved, round.num_queries)}
                  </Table.Td>
                  <Table.Td ta="right">{round.config.acquisition?.score}</Table.Td>
                  <Table.Td ta="right">{numbers.percent(round.miou)}</Table.Td>
                  <Table.Td ta="right">{point === undefined ? "–" : words.answers(point.regions)}</Table.Td>
                  <Table.Td ta="right">
                    {point === undefined
                      ? "–"
                      : point.human_hours === 0
                        ? "0"
                        : numbers.duration(point.human_hours * 3600)}
                  </Table.Td>
                  <Table.Td className="quiet">
                    {words.started(numbers.moment(round.created_at), round.started_by)}
                  </Table.Td>
                  {mayInspect && (
                    <Table.Td ta="right">
                      {round.num_queries > 0 && (
                        <Anchor component={Link} to={inspectorOf(slug, round)} fz="sm">
                          {words.pseudoLabels}
                        </Anchor>
                      )}
                    </Table.Td>
                  )}
                </Table.Tr>
              );
            })}
          </Table.Tbody>
        </Table>
      </div>
    </section>
  );
}
