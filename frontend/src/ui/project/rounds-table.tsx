import { Anchor, Table, Title } from "@mantine/core";
import { Link } from "react-router";
import type { CurvePoint, RoundView } from "../../api/types";
import { duration, percent } from "../../domain/words";
import { inspectorOf } from "../paths";

interface Props {
  slug: string;
  rounds: readonly RoundView[];
  points: readonly CurvePoint[];
  /** Whether its pseudo labels are linked to. */
  mayInspect: boolean;
}

/** Every round, newest first. */
export function RoundsTable({ slug, rounds, points, mayInspect }: Props) {
  const learnt = new Map(points.map((point) => [point.round_id, point]));
  return (
    <section className="panel" aria-label="Rounds">
      <Title order={2} mb="sm">
        Rounds
      </Title>
      <div style={{ overflowX: "auto" }}>
        <Table style={{ whiteSpace: "nowrap" }}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Round</Table.Th>
              <Table.Th>State</Table.Th>
              <Table.Th ta="right">Answered</Table.Th>
              <Table.Th ta="right">Asked by</Table.Th>
              <Table.Th ta="right">mIoU</Table.Th>
              <Table.Th ta="right">Learned from</Table.Th>
              <Table.Th ta="right">Human time</Table.Th>
              <Table.Th>Started</Table.Th>
              {mayInspect && <Table.Th />}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rounds.map((round) => {
              const point = learnt.get(round.id);
              return (
                <Table.Tr key={round.id}>
                  <Table.Td>{round.round_index}</Table.Td>
                  <Table.Td className={round.state === "failed" ? "bad" : undefined}>{round.state}</Table.Td>
                  <Table.Td ta="right">
                    {round.num_queries === 0 ? "–" : `${round.num_resolved} of ${round.num_queries}`}
                  </Table.Td>
                  <Table.Td ta="right">{round.config.acquisition?.score}</Table.Td>
                  <Table.Td ta="right">{percent(round.miou)}</Table.Td>
                  <Table.Td ta="right">{point === undefined ? "–" : `${point.regions} answers`}</Table.Td>
                  <Table.Td ta="right">
                    {point === undefined
                      ? "–"
                      : point.human_hours === 0
                        ? "0"
                        : duration(point.human_hours * 3600)}
                  </Table.Td>
                  <Table.Td className="quiet">
                    {new Date(round.created_at).toLocaleString("en-GB", {
                      dateStyle: "medium",
                      timeStyle: "short",
                    })}{" "}
                    by {round.started_by}
                  </Table.Td>
                  {mayInspect && (
                    <Table.Td ta="right">
                      {round.num_queries > 0 && (
                        <Anchor component={Link} to={inspectorOf(slug, round)} fz="sm">
                          pseudo labels
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
