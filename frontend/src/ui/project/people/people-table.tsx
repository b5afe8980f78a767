import { Table } from "@mantine/core";
import type { PeopleView, PersonStatistics } from "../../../api/types";
import { count, decimal, duration, moment, percent } from "../../../domain/words";
import scrolls from "../project.module.css";
import classes from "./people.module.css";

/** What each person has done, and all of them together. */
export function PeopleTable({ items, total }: PeopleView) {
  return (
    <div className={scrolls["scrolls"]} tabIndex={0} role="group" aria-label="People">
      <Table className={classes["table"] ?? ""} withRowBorders={false}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th rowSpan={2}>Person</Table.Th>
            <Table.Th rowSpan={2} ta="right">
              Answers
            </Table.Th>
            <Table.Th rowSpan={2} ta="right">
              Active
              <br />
              time
            </Table.Th>
            <Table.Th rowSpan={2} ta="right">
              Answers
              <br />a minute
            </Table.Th>
            <Table.Th rowSpan={2} ta="right">
              Suggestions
              <br />
              accepted
            </Table.Th>
            <Table.Th colSpan={2} ta="center">
              Agree with the suggestion
            </Table.Th>
            <Table.Th rowSpan={2} ta="right">
              Unsure
            </Table.Th>
            <Table.Th rowSpan={2} ta="right">
              Void
            </Table.Th>
            <Table.Th rowSpan={2} ta="right">
              Bad
              <br />
              query
            </Table.Th>
            <Table.Th rowSpan={2} ta="right">
              Last answer
            </Table.Th>
          </Table.Tr>
          <Table.Tr>
            <Table.Th ta="right">in sight</Table.Th>
            <Table.Th ta="right">hidden</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {items.map((one) => (
            <Table.Tr key={one.user_id}>
              <Table.Th scope="row" fw={400} title={one.email ?? undefined}>
                {one.name}
              </Table.Th>
              <Figures of={one} />
            </Table.Tr>
          ))}
        </Table.Tbody>
        {items.length > 1 && (
          <Table.Tfoot>
            <Table.Tr>
              <Table.Th scope="row">all</Table.Th>
              <Figures of={total} />
            </Table.Tr>
          </Table.Tfoot>
        )}
      </Table>
    </div>
  );
}

function Figures({ of: one }: { of: PersonStatistics }) {
  const figures = [
    count(one.answers),
    one.answers === 0 ? "–" : duration(one.active_seconds),
    one.answers_per_minute === null ? "–" : decimal(one.answers_per_minute, 1),
    percent(one.accepted_share, 0),
    <Agreement key="shown" {...one.shown} />,
    <Agreement key="hidden" {...one.hidden} />,
    count(one.unsure),
    count(one.void),
    count(one.bad_query),
    one.last_answer_at === null ? "–" : moment(one.last_answer_at),
  ];
  return figures.map((figure, nth) => (
    <Table.Td key={nth} ta="right">
      {figure}
    </Table.Td>
  ));
}

function Agreement({ agreeing, answers }: PersonStatistics["shown"]) {
  if (answers === 0) return "–";
  return (
    <>
      {percent(agreeing / answers, 0)}{" "}
      <span className={classes["of"]}>
        {count(agreeing)} of {count(answers)}
      </span>
    </>
  );
}
