import { Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { LabelClassView, RoundView } from "../../api/types";
import { readable } from "../../domain/classes";
import { counted, percent } from "../../domain/words";
import { metricsQuery } from "../../state/queries";
import classes from "./project.module.css";

interface Props {
  slug: string;
  labelClasses: readonly LabelClassView[];
  /** Rounds that were evaluated, newest first. */
  evaluated: readonly RoundView[];
}

/** IoU of each class in the newest evaluated round, and what changed since the one before. */
export function IouTable({ slug, labelClasses, evaluated }: Props) {
  const [newest, before] = evaluated;
  const now = useQuery({ ...metricsQuery(slug, newest?.id ?? ""), enabled: newest !== undefined }).data;
  const then = useQuery({ ...metricsQuery(slug, before?.id ?? ""), enabled: before !== undefined }).data;
  return (
    <section className="panel" aria-label="IoU by class">
      <Title order={2} mb="sm">
        IoU by class{now === undefined ? "" : `, round ${now.round_index}`}
      </Title>
      {now === undefined ? (
        <Text className="quiet">No round has been evaluated yet.</Text>
      ) : (
        <>
          <Table verticalSpacing={2} withRowBorders={false}>
            <Table.Tbody>
              {labelClasses.map(({ class_id, name, color }) => {
                const iou = now.iou[class_id] ?? null;
                return (
                  <Table.Tr key={class_id}>
                    <Table.Td className={classes["className"]}>
                      <span className="swatch" style={{ background: color }} />
                      {readable(name)}
                    </Table.Td>
                    <Table.Td className={classes["iouBar"]}>
                      <span style={{ backgroundSize: `${(iou ?? 0) * 100}% 100%` }} />
                    </Table.Td>
                    <Table.Td ta="right">{percent(iou)}</Table.Td>
                    <Table.Td ta="right" className="quiet" w={70}>
                      {change(iou, then?.iou[class_id])}
                    </Table.Td>
                  </Table.Tr>
                );
              })}
            </Table.Tbody>
            <Table.Tfoot>
              <Table.Tr>
                <Table.Th>mean</Table.Th>
                <Table.Th />
                <Table.Th ta="right">{percent(now.miou)}</Table.Th>
                <Table.Th ta="right" className="quiet">
                  {change(now.miou, then?.miou)}
                </Table.Th>
              </Table.Tr>
            </Table.Tfoot>
          </Table>
          <Text size="xs" className="quiet" mt={6}>
            On {counted(now.num_images, "labelled target image")} of the {now.split} split.
            {then !== undefined && ` Changes are in points since round ${then.round_index}.`}
          </Text>
        </>
      )}
    </section>
  );
}

function change(now: number | null, then: number | null | undefined): string {
  if (now === null || then === null || then === undefined) return "";
  const points = (now - then) * 100;
  return `${points < 0 ? "−" : "+"}${Math.abs(points).toFixed(1)}`;
}
