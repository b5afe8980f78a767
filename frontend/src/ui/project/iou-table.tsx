import { Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { LabelClassView, RoundView } from "../../api/types";
import { readable } from "../../domain/classes";
import { metricsQuery } from "../../state/queries";
import type { Words } from "../../words/en";
import { useWords } from "../../words/use-words";
import { AlikeColors } from "../alike-colors";
import classes from "./project.module.css";

interface Props {
  slug: string;
  labelClasses: readonly LabelClassView[];
  /** Rounds that were evaluated, newest first. */
  evaluated: readonly RoundView[];
  /** Whether colours that look alike are warned of: to those who can choose others. */
  warns: boolean;
}

/** IoU of each class in the newest evaluated round, and what changed since the one before. */
export function IouTable({ slug, labelClasses, evaluated, warns }: Props) {
  const { project, numbers } = useWords();
  const { iou: words } = project;
  const [newest, before] = evaluated;
  const now = useQuery({ ...metricsQuery(slug, newest?.id ?? ""), enabled: newest !== undefined }).data;
  const then = useQuery({ ...metricsQuery(slug, before?.id ?? ""), enabled: before !== undefined }).data;
  return (
    <section className="panel" aria-label={words.title}>
      <Title order={2} mb="sm">
        {now === undefined ? words.title : words.titleOf(now.round_index)}
      </Title>
      {now === undefined ? (
        <Text className="quiet">{words.none}</Text>
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
                    <Table.Td ta="right">{numbers.percent(iou)}</Table.Td>
                    <Table.Td ta="right" className="quiet" w={70}>
                      {change(numbers, iou, then?.iou[class_id])}
                    </Table.Td>
                  </Table.Tr>
                );
              })}
            </Table.Tbody>
            <Table.Tfoot>
              <Table.Tr>
                <Table.Th>{words.mean}</Table.Th>
                <Table.Td />
                <Table.Th ta="right">{numbers.percent(now.miou)}</Table.Th>
                <Table.Th ta="right" className="quiet">
                  {change(numbers, now.miou, then?.miou)}
                </Table.Th>
              </Table.Tr>
            </Table.Tfoot>
          </Table>
          <Text size="xs" className="quiet" mt={6}>
            {words.measuredOn(now.num_images, now.split)}
            {then !== undefined && ` ${words.changesSince(then.round_index)}`}
          </Text>
        </>
      )}
      {warns && <AlikeColors classes={labelClasses} />}
    </section>
  );
}

function change(numbers: Words["numbers"], now: number | null, then: number | null | undefined): string {
  return now === null || then === null || then === undefined ? "" : numbers.points(now - then);
}
