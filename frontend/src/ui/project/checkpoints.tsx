import { Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { CheckpointMetrics, RoundView } from "../../api/types";
import { counted, percent } from "../../domain/words";
import { metricsQuery } from "../../state/queries";
import { Reliability } from "./reliability";
import classes from "./project.module.css";

const NAMES: Record<CheckpointMetrics["role"], string> = {
  teacher: "Teacher",
  student: "Student",
  best_teacher: "Best teacher",
};

/** How each checkpoint of the newest evaluated round does, and whether the teacher is as sure as it is right. */
export function Checkpoints({ slug, newest }: { slug: string; newest: RoundView }) {
  const metrics = useQuery(metricsQuery(slug, newest.id)).data;
  const [last] = metrics?.checkpoints ?? [];
  if (metrics === undefined || last === undefined) return null;
  const flattered = metrics.checkpoints.some((one) => one.selected_on_this_split);
  return (
    <div className={classes["columns"]}>
      <section className="panel" aria-label="Checkpoints">
        <Title order={2} mb="sm">
          Checkpoints, round {newest.round_index}
        </Title>
        <Table verticalSpacing={4} withRowBorders={false}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th />
              <Table.Th ta="right">mIoU</Table.Th>
              <Table.Th ta="right" title="IoU of the pixels near contours: how true borders are">
                Boundary IoU
              </Table.Th>
              <Table.Th ta="right">Pixels right</Table.Th>
              <Table.Th ta="right" title="Mean gap between how sure it is and how often it is right">
                Calibration error
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {metrics.checkpoints.map((one) => (
              <Table.Tr key={one.checkpoint_id}>
                <Table.Th scope="row">
                  {NAMES[one.role]}
                  {one.selected_on_this_split && "*"}
                </Table.Th>
                <Table.Td ta="right">{percent(one.miou)}</Table.Td>
                <Table.Td ta="right">{percent(one.boundary_miou)}</Table.Td>
                <Table.Td ta="right">{percent(one.pixel_accuracy)}</Table.Td>
                <Table.Td ta="right">{percent(one.calibration_error)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
        <Text size="xs" className="quiet" mt={6}>
          On {counted(last.num_images, "labelled target image")} of the {last.split} split. The teacher is the
          mean of the student over the last steps; rounds go on from it.
          {flattered && " * Chosen on these very images, so its figures flatter it."}
        </Text>
      </section>
      <section className="panel" aria-label="Reliability">
        <Title order={2} mb="sm">
          As sure as it is right?
        </Title>
        <Reliability bins={last.reliability} />
        <Text size="xs" className="quiet" mt={6}>
          {verdict(last)}
        </Text>
      </section>
    </div>
  );
}

/** What the diagram says, in words. */
function verdict({ reliability, calibration_error }: CheckpointMetrics): string {
  const [confidence, accuracy] = [mean(reliability, "confidence"), mean(reliability, "accuracy")];
  if (confidence === null || accuracy === null) return "No pixel was judged.";
  const tendency =
    Math.abs(confidence - accuracy) < 0.01
      ? "as sure as it is right on the whole"
      : confidence > accuracy
        ? "surer than it is right"
        : "righter than it is sure";
  return (
    `The teacher is ${tendency}: ${percent(confidence)} sure, ${percent(accuracy)} right; ` +
    `the gap is ${percent(calibration_error)} over the bars. Strong bars hold most pixels; on the dashed line it would be as sure as it is right.`
  );
}

function mean(bins: CheckpointMetrics["reliability"], of: "confidence" | "accuracy"): number | null {
  const pixels = bins.reduce((sum, bin) => sum + bin.pixels, 0);
  return pixels === 0 ? null : bins.reduce((sum, bin) => sum + bin.pixels * (bin[of] ?? 0), 0) / pixels;
}
