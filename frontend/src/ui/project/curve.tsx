import { LineChart } from "@mantine/charts";
import { Group, SegmentedControl, Text, Title } from "@mantine/core";
import { useState } from "react";
import type { CurvePoint } from "../../api/types";
import { percent } from "../../domain/words";

const AXES = {
  human_hours: "human hours",
  regions: "answers",
  round_index: "round",
} as const;
type Axis = keyof typeof AXES;

/** Between two lines of the chart. */
const STEP = 0.05;

/** What people's work has brought: mIoU of each evaluated round. */
export function Curve({ points }: { points: readonly CurvePoint[] }) {
  const [axis, setAxis] = useState<Axis>("human_hours");
  const drawn = points.filter((point) => point.miou !== null);
  const shares = drawn.map((point) => point.miou ?? 0);
  const down = Math.floor(Math.min(...shares) / STEP) * STEP;
  const up = Math.max(Math.ceil(Math.max(...shares) / STEP), down / STEP + 1) * STEP;
  return (
    <section className="panel" aria-label="Learning curve">
      <Group justify="space-between" mb="sm">
        <Title order={2}>mIoU by {AXES[axis]}</Title>
        <SegmentedControl
          size="xs"
          value={axis}
          transitionDuration={0}
          data={Object.entries(AXES).map(([value, label]) => ({ value, label }))}
          onChange={(value) => setAxis(value in AXES && isAxis(value) ? value : axis)}
        />
      </Group>
      {drawn.length === 0 ? (
        <Text className="quiet">
          A point appears here when a round has been evaluated on labelled target images.
        </Text>
      ) : (
        <LineChart
          h={230}
          data={drawn.map((point) => ({
            x: point[axis],
            mIoU: point.miou,
            name: `Round ${point.round_index}`,
          }))}
          dataKey="x"
          series={[{ name: "mIoU", color: "var(--accent)" }]}
          curveType="linear"
          strokeWidth={1.5}
          dotProps={{ r: 3.5 }}
          lineProps={{ isAnimationActive: false }}
          tooltipAnimationDuration={0}
          xAxisProps={{
            type: "number",
            domain: [0, "dataMax"],
            tickFormatter: (x: number) => tick(axis, x),
            padding: { left: 8, right: 12 },
            allowDecimals: axis === "human_hours",
          }}
          yAxisProps={{ domain: [down, up], ticks: ticks(down, up), width: 56 }}
          gridColor="var(--line)"
          textColor="var(--quiet)"
          valueFormatter={(value) => percent(value, isLine(value) ? 0 : 1)}
          tooltipProps={{ labelFormatter: (_, [first]) => nameOf(first?.payload) }}
          aria-label={drawn.map((point) => `Round ${point.round_index}: ${percent(point.miou)}`).join(", ")}
        />
      )}
    </section>
  );
}

function tick(axis: Axis, x: number): string {
  if (axis !== "human_hours" || x === 0) return x.toLocaleString("en");
  return x < 1 ? `${Number((x * 60).toFixed(1))} min` : `${Number(x.toFixed(1))} h`;
}

function ticks(from: number, to: number): number[] {
  return Array.from({ length: Math.round((to - from) / STEP) + 1 }, (_, nth) => from + nth * STEP);
}

function isLine(value: number): boolean {
  return Math.abs(value / STEP - Math.round(value / STEP)) < 1e-9;
}

function isAxis(value: string): value is Axis {
  return value in AXES;
}

function nameOf(payload: unknown): string {
  return typeof payload === "object" && payload !== null && "name" in payload ? String(payload.name) : "";
}
