import { Group, SegmentedControl, Table, Title } from "@mantine/core";
import { useState } from "react";
import type { LabelClassView } from "../../api/types";
import { readable } from "../../domain/classes";
import { answeredOf, pixelsOf, shareOf, totalOf, type ClassRow } from "../../domain/pseudo-labels";
import { percent, short } from "../../domain/words";
import classes from "./inspect.module.css";

const SCOPES = { image: "This image", pool: "All images" } as const;
type Scope = keyof typeof SCOPES;

interface Props {
  labelClasses: readonly LabelClassView[];
  /** null: not there yet. */
  ofImage: readonly ClassRow[] | null;
  ofPool: readonly ClassRow[];
}

/** By the class that the teacher sees: how much of it teaches. */
export function ClassTable({ labelClasses, ofImage, ofPool }: Props) {
  const [scope, setScope] = useState<Scope>("image");
  const rows = scope === "pool" ? ofPool : (ofImage ?? []);
  const total = totalOf(rows);
  const all = pixelsOf(total);
  return (
    <section className="panel" aria-label="By class">
      <Group justify="space-between" mb="sm">
        <Title order={2}>By the teacher's class</Title>
        <SegmentedControl
          size="xs"
          value={scope}
          transitionDuration={0}
          data={Object.entries(SCOPES).map(([value, label]) => ({ value, label }))}
          onChange={(value) => setScope(value === "pool" ? "pool" : "image")}
        />
      </Group>
      <div style={{ overflowX: "auto" }}>
        <Table verticalSpacing={2} withRowBorders={false} className={classes["table"] ?? ""}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Class</Table.Th>
              <Table.Th ta="right">Pixels</Table.Th>
              <Table.Th ta="right" className="quiet">
                of all
              </Table.Th>
              <Table.Th className={classes["parts"] ?? ""} />
              <Table.Th ta="right">Kept</Table.Th>
              <Table.Th ta="right">Dropped</Table.Th>
              <Table.Th ta="right">Answered</Table.Th>
              <Table.Th ta="right" title="People have said another class, or void">
                Overruled
              </Table.Th>
              <Table.Th
                ta="right"
                title="Mean over the pixels that nobody has answered; 0 is sure, 1 is no idea"
              >
                Entropy
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((row) => (
              <Table.Tr key={row.class_id} data-testid={`row-${row.class_id}`}>
                <Table.Td className={classes["className"] ?? ""}>
                  <span className="swatch" style={{ background: labelClasses[row.class_id]?.color }} />
                  {readable(labelClasses[row.class_id]?.name ?? "?")}
                </Table.Td>
                <Cells row={row} all={all} />
              </Table.Tr>
            ))}
          </Table.Tbody>
          <Table.Tfoot>
            <Table.Tr data-testid="row-total">
              <Table.Th>all</Table.Th>
              <Cells row={total} all={all} />
            </Table.Tr>
          </Table.Tfoot>
        </Table>
      </div>
    </section>
  );
}

function Cells({ row, all }: { row: ClassRow; all: number }) {
  const pixels = pixelsOf(row);
  const answered = answeredOf(row);
  const part = (count: number) => percent(shareOf(count, pixels));
  return (
    <>
      <Table.Td ta="right">{short(pixels)}</Table.Td>
      <Table.Td ta="right" className="quiet">
        {percent(shareOf(pixels, all))}
      </Table.Td>
      <Table.Td className={classes["parts"] ?? ""}>
        {pixels > 0 && (
          <span aria-hidden>
            <i className={classes["kept"]} style={{ flexGrow: row.kept }} />
            <i className={classes["dropped"]} style={{ flexGrow: row.dropped }} />
            <i className={classes["people"]} style={{ flexGrow: answered }} />
          </span>
        )}
      </Table.Td>
      <Table.Td ta="right">{part(row.kept)}</Table.Td>
      <Table.Td ta="right">{part(row.dropped)}</Table.Td>
      <Table.Td ta="right">{part(answered)}</Table.Td>
      <Table.Td ta="right">{part(row.overruled + row.void)}</Table.Td>
      <Table.Td ta="right">{row.entropy === null ? "–" : row.entropy.toFixed(3)}</Table.Td>
    </>
  );
}
