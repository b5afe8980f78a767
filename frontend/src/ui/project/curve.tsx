import { LineChart } from "@mantine/charts";
import { Group, SegmentedControl, Text, Title } from "@mantine/core";
import { useState } from "react";
import type { CurvePoint } from "../../api/types";
import { useWords } from "../../words/use-words";
import classes from "./project.module.css";

const AXES = ["human_hours", "regions", "round_index"] as const;
type Axis = (typeof AXES)[number];

/** Between two lines of the chart. */
const STEP = 0.05;

/** What people's work has brought: mIoU of each evaluated round. */
export function Curve({ points }: { points: readonly CurvePoint[] }) {
  const { curve: words } = useWords().project;
  const [axis, setAxis] = useState<Axis>("human_hours");
  const drawn = points.filter((point) => point.miou !== null);
  return (
    <section className={`panel ${classes["curve"] ?? ""}`} aria-label={words.title}>
      <Group justify="space-between" mb="sm">
        <Title order={2}>{words.by[axis]}</Title>
        {drawn.length > 0 && (
          <SegmentedControl
            size="xs"
            aria-label={words.along}
            value={axis}
            transitionDuration={0}
            data={AXES.map((value) => ({ value, label: words.axes[value] }))}
            onChange={setAxis}
          />
        )}
      </Group>
      {drawn.length === 0 ? (
        <Text className="quiet">{words.none}</Text>
      ) : (
        <div className={classes["chart"]}>
          <Line drawn={drawn} axis={axis} />
        </div>
      )}
    </section>
  );
}

function Line({ drawn, axis }: { drawn: readonly CurvePoint[]; axis: Axis }) {
  const { numbers, project } = useWords();
  const { curve: words } = project;
  const shares = drawn.map((point) => point.miou ?? 0);
  const down = Math.floor(Math.min(...shares) / STEP) * STEP;
  const up = Math.max(Math.ceil(Math.max(...shares) / STEP), Math.round(down / STEP) + 1) * STEP;
  const inHours = drawn.some((point) => point.human_hours >= 1);
  const unit = axis !== "human_hours" ? "" : inHours ? " h" : " min";
  const scale = unit === " min" ? 60 : 1;
  const most = scale * Math.max(...drawn.map((point) => point[axis]));
  const along = niceTicks(most, axis === "human_hours");
  return (
    <LineChart
      h="100%"
      data={drawn.map((point) => ({
        x: point[axis] * scale,
        mIoU: point.miou,
        name: project.round.name(point.round_index),
      }))}
      dataKey="x"
      series={[{ name: "mIoU", color: "var(--accent)" }]}
      curveType="linear"
      strokeWidth={1.5}
      dotProps={{ r: 3.5 }}
      lineProps={{ isAnimationActive: false }}
      lineChartProps={{ margin: { top: 10, right: 12, bottom: 0, left: 0 } }}
      tooltipAnimationDuration={0}
      xAxisProps={{
        type: "number",
        domain: [0, along.at(-1) ?? 1],
        ticks: most === 0 ? [0] : along,
        interval: 0,
        tickFormatter: (x: number) =>
          x === 0 ? "0" : `${numbers.decimal(x, Number.isInteger(x) ? 0 : 1)}${unit}`,
        padding: { left: 8, right: 12 },
      }}
      yAxisProps={{ domain: [down, up], ticks: ticks(down, up), interval: 0, width: 52 }}
      gridColor="var(--line)"
      textColor="var(--quiet)"
      valueFormatter={(value) => numbers.percent(value, isLine(value) ? 0 : 1)}
      tooltipProps={{ labelFormatter: (_, [first]) => nameOf(first?.payload) }}
      role="group"
      aria-label={drawn
        .map((point) => words.point(point.round_index, numbers.percent(point.miou)))
        .join(", ")}
    />
  );
}

/** From 0 to at least `max` in three to six even steps of 1, 2 or 5 times a power of ten; whole ones if not `divisible`. */
function niceTicks(max: number, divisible: boolean): number[] {
  if (max === 0) return [0, 1];
  const rough = Math.max(max / 5, divisible ? 0.1 : 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  const count = Math.max(1, Math.ceil(max / step - 1e-9));
  return Array.from({ length: count + 1 }, (_, nth) => Number((nth * step).toPrecision(6)));
}

function ticks(from: number, to: number): number[] {
  return Array.from({ length: Math.round((to - from) / STEP) + 1 }, (_, nth) => from + nth * STEP);
}

function isLine(value: number): boolean {
  return Math.abs(value / STEP - Math.round(value / STEP)) < 1e-9;
}

function nameOf(payload: unknown): string {
  return typeof payload === "object" && payload !== null && "name" in payload ? String(payload.name) : "";
}
