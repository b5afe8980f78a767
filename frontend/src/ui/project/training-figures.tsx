import { LineChart, Sparkline } from "@mantine/charts";
import type { LabelClassView } from "../../api/types";
import { readable } from "../../domain/classes";
import { confidences, lossNames, otherNames, thinned, valuesOf } from "../../domain/training-log";
import type { Metrics } from "../../state/queries";
import type { Words } from "../../words/en";
import { useWords } from "../../words/use-words";
import classes from "./project.module.css";

const POINTS = 240;
/** Lines differ in colour and in dashes: neither alone has to tell them apart. */
const LINES = ["", "6 3", "2 3", "8 3 2 3", "1 2", "10 4", "4 4"];

interface Props {
  /** Oldest first. */
  rows: readonly Metrics[];
  labelClasses: readonly LabelClassView[];
}

/** The figures of a training: its losses in one plot, its shares, and how sure the teacher is of each class. */
export function TrainingFigures({ rows, labelClasses }: Props) {
  const losses = lossNames(rows);
  const others = otherNames(rows);
  const sure = confidences(rows, labelClasses.length);
  return (
    <div className={classes["training"]}>
      {losses.length > 0 && <Losses rows={rows} names={losses} />}
      {others.length > 0 && (
        <dl className={classes["figures"]}>
          {others.map((name) => (
            <Figure key={name} name={name} values={valuesOf(rows, name)} />
          ))}
        </dl>
      )}
      {sure !== null && <Confidence sure={sure} labelClasses={labelClasses} />}
    </div>
  );
}

function Losses({ rows, names }: { rows: readonly Metrics[]; names: readonly string[] }) {
  const { numbers, project } = useWords();
  const words = project.training;
  const colorOf = (nth: number) => `var(--line-${(nth % LINES.length) + 1})`;
  const data = thinned(rows, POINTS);
  return (
    <figure className={classes["losses"]} aria-label={words.losses}>
      <dl className={classes["lines"]}>
        {names.map((name, nth) => (
          <div key={name}>
            <dt>
              <svg width="18" height="8" aria-hidden>
                <line
                  x2="18"
                  y1="4"
                  y2="4"
                  stroke={colorOf(nth)}
                  strokeWidth="1.5"
                  strokeDasharray={LINES[nth % LINES.length]}
                />
              </svg>
              {figureName(words, name)}
            </dt>
            <dd>{figure(numbers, valuesOf(rows, name).at(-1))}</dd>
          </div>
        ))}
      </dl>
      {rows.length > 2 && (
        <div className={classes["chart"]}>
          <LineChart
            h="100%"
            data={data.map((row) => ({ ...row }))}
            dataKey="iteration"
            series={names.map((name, nth) => ({
              name,
              label: figureName(words, name),
              color: colorOf(nth),
              strokeDasharray: LINES[nth % LINES.length] ?? "",
            }))}
            curveType="linear"
            strokeWidth={1.25}
            withDots={false}
            withXAxis
            connectNulls
            lineProps={{ isAnimationActive: false }}
            lineChartProps={{ margin: { top: 6, right: 8, bottom: 0, left: 0 } }}
            tooltipAnimationDuration={0}
            xAxisProps={{ type: "number", domain: ["dataMin", "dataMax"], tickCount: 5 }}
            yAxisProps={{ width: 40, domain: [0, "auto"], tickCount: 4 }}
            valueFormatter={(value) => numbers.decimal(value, value < 10 ? 2 : 0)}
            gridColor="var(--line)"
            textColor="var(--quiet)"
          />
        </div>
      )}
    </figure>
  );
}

function Figure({ name, values }: { name: string; values: readonly number[] }) {
  const { numbers, project } = useWords();
  const latest = values.at(-1);
  return (
    <div>
      <dt>{figureName(project.training, name)}</dt>
      <dd>
        {name.endsWith("_share") ? numbers.percent(latest) : figure(numbers, latest)}
        {values.length > 2 && (
          <Sparkline
            w={110}
            h={28}
            data={[...values]}
            color="var(--accent)"
            fillOpacity={0}
            strokeWidth={1.25}
          />
        )}
      </dd>
    </div>
  );
}

function Confidence({
  sure,
  labelClasses,
}: {
  sure: readonly (number | null)[];
  labelClasses: readonly LabelClassView[];
}) {
  const { numbers, project } = useWords();
  const { confidence } = project.training;
  return (
    <section className={classes["confidence"]} aria-label={confidence}>
      <p>{confidence}</p>
      <ul>
        {labelClasses.map(({ class_id, name, color }) => {
          const share = sure[class_id] ?? null;
          return (
            <li key={class_id}>
              <span className="swatch" style={{ background: color }} />
              <span title={readable(name)}>{readable(name)}</span>
              <i aria-hidden style={{ backgroundSize: `${(share ?? 0) * 100}% 100%` }} />
              <b>{numbers.percent(share, 0)}</b>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

/** A figure's name: translated where the worker's log is known to have it. */
function figureName({ figures }: Words["project"]["training"], name: string): string {
  const known: Readonly<Record<string, string>> = figures;
  return known[name] ?? readable(name);
}

function figure(numbers: Words["numbers"], value: number | undefined): string {
  return value === undefined ? "" : numbers.decimal(value, 3);
}
