import { Table, Text, Title, VisuallyHidden } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { CheckpointMetrics, RoundView } from "../../api/types";
import { metricsQuery } from "../../state/queries";
import type { Words } from "../../words/en";
import { useWords } from "../../words/use-words";
import { Reliability } from "./reliability";
import classes from "./project.module.css";

/** How each checkpoint of the newest evaluated round does, and whether the teacher is as sure as it is right. */
export function Checkpoints({ slug, newest }: { slug: string; newest: RoundView }) {
  const { project, numbers } = useWords();
  const { checkpoints: words, reliability } = project;
  const metrics = useQuery(metricsQuery(slug, newest.id)).data;
  const [last] = metrics?.checkpoints ?? [];
  if (metrics === undefined || last === undefined) return null;
  const flattered = metrics.checkpoints.some((one) => one.selected_on_this_split);
  return (
    <div className={classes["columns"]}>
      <section className="panel" aria-label={words.title}>
        <Title order={2} mb="sm">
          {words.titleOf(newest.round_index)}
        </Title>
        <Table verticalSpacing={4} withRowBorders={false}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>
                <VisuallyHidden>{words.checkpoint}</VisuallyHidden>
              </Table.Th>
              <Table.Th ta="right">mIoU</Table.Th>
              <Table.Th ta="right" title={words.boundaryIs}>
                {words.boundary}
              </Table.Th>
              <Table.Th ta="right">{words.pixelsRight}</Table.Th>
              <Table.Th ta="right" title={words.calibrationIs}>
                {words.calibration}
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {metrics.checkpoints.map((one) => (
              <Table.Tr key={one.checkpoint_id}>
                <Table.Th scope="row">
                  {words.role[one.role]}
                  {one.selected_on_this_split && "*"}
                </Table.Th>
                <Table.Td ta="right">{numbers.percent(one.miou)}</Table.Td>
                <Table.Td ta="right">{numbers.percent(one.boundary_miou)}</Table.Td>
                <Table.Td ta="right">{numbers.percent(one.pixel_accuracy)}</Table.Td>
                <Table.Td ta="right">{numbers.percent(one.calibration_error)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
        <Text size="xs" className="quiet" mt={6}>
          {project.iou.measuredOn(last.num_images, last.split)} {words.teacherIs}
          {flattered && ` ${words.flattered}`}
        </Text>
      </section>
      <section className="panel" aria-label={reliability.title}>
        <Title order={2} mb="sm">
          {reliability.question}
        </Title>
        <Reliability bins={last.reliability} />
        <Text size="xs" className="quiet" mt={6}>
          {verdict(reliability, last)}
        </Text>
      </section>
    </div>
  );
}

/** What the diagram says, in words. */
function verdict(words: Words["project"]["reliability"], last: CheckpointMetrics): string {
  const { reliability, calibration_error } = last;
  const [confidence, accuracy] = [mean(reliability, "confidence"), mean(reliability, "accuracy")];
  if (confidence === null || accuracy === null) return words.nothing;
  const tendency =
    Math.abs(confidence - accuracy) < 0.01 ? "even" : confidence > accuracy ? "surer" : "righter";
  return words.verdict(words.tendency[tendency], confidence, accuracy, calibration_error);
}

function mean(bins: CheckpointMetrics["reliability"], of: "confidence" | "accuracy"): number | null {
  const pixels = bins.reduce((sum, bin) => sum + bin.pixels, 0);
  return pixels === 0 ? null : bins.reduce((sum, bin) => sum + bin.pixels * (bin[of] ?? 0), 0) / pixels;
}
