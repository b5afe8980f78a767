import { Group, Text } from "@mantine/core";
import { useMemo } from "react";
import type { InspectedImage, LabelClassView } from "../../api/types";
import { readable } from "../../domain/classes";
import { CLOSER, type ImagePoint } from "../../domain/geometry";
import { answeredOf, entropyOf, pixelsOf, totalOf, verdictAt } from "../../domain/pseudo-labels";
import type { ClassRow, Inspected } from "../../domain/pseudo-labels";
import { percent } from "../../domain/words";
import { pictureOf, teacherPixels, whyPixels } from "../../render/verdicts";
import classes from "./inspect.module.css";
import { LayerPane } from "./layer-pane";
import { useOwnKeys } from "../use-own-keys";

/** What of an image is looked at, the same in all panes. */
export interface Look {
  /** CSS pixels a pixel; null: as large as the pane allows. */
  readonly scale: number | null;
  readonly middle: ImagePoint;
}

interface Props {
  image: InspectedImage;
  inspected: Inspected;
  photo: ImageBitmap | null;
  labelClasses: readonly LabelClassView[];
  level: number;
  rows: readonly ClassRow[];
  look: Look;
  onLook: (look: Look) => void;
  marked: ImagePoint | null;
  onMark: (at: ImagePoint | null) => void;
}

/** An image, what the teacher sees in it, and what of that teaches. */
export function Panes(props: Props) {
  const { image, inspected, photo, labelClasses, level, rows, look, onLook, marked, onMark } = props;
  const colors = useMemo(() => labelClasses.map(({ color }) => color), [labelClasses]);
  const teacher = useMemo(
    () => pictureOf(teacherPixels(inspected, level, colors), inspected),
    [inspected, level, colors],
  );
  const why = useMemo(
    () => pictureOf(whyPixels(inspected, level, colors), inspected),
    [inspected, level, colors],
  );
  const zoom = (closer: boolean) => {
    const steps = closer ? CLOSER : CLOSER.toReversed();
    const next = steps.find((one) => (closer ? one > (look.scale ?? 0) : one < (look.scale ?? 0)));
    onLook({ ...look, scale: next ?? (closer ? look.scale : null) });
  };
  const keys = {
    "+": () => zoom(true),
    "-": () => zoom(false),
    "0": () => onLook({ ...look, scale: null }),
  };
  useOwnKeys(keys, { repeats: true });
  const shared = { image, look, onLook, marked, onMark };
  return (
    <section className="panel" aria-label={image.name}>
      <Group justify="space-between" gap="xs" mb={8} wrap="nowrap">
        <Text fw={600} truncate>
          {image.name}
        </Text>
        <Group gap={6} wrap="nowrap" role="group" aria-label="Zoom">
          <button type="button" className={classes["zoom"]} aria-label="Smaller" onClick={() => zoom(false)}>
            −
          </button>
          <button type="button" className={classes["zoom"]} aria-label="Larger" onClick={() => zoom(true)}>
            +
          </button>
          <button
            type="button"
            className={classes["zoom"]}
            onClick={() => onLook({ ...look, scale: null })}
            aria-pressed={look.scale === null}
          >
            fit
          </button>
        </Group>
      </Group>
      <div className={classes["panes"]}>
        <LayerPane {...shared} title="Image" picture={photo} isPhoto />
        <LayerPane {...shared} title="Teacher's label map" picture={teacher} />
        <LayerPane {...shared} title="What teaches, and why" picture={why} />
      </div>
      <Legend rows={rows} colors={colors} />
      <Text size="xs" className={classes["readout"]} data-testid="readout" component="div">
        {marked === null ? (
          <span className="quiet">
            Point at a pixel to read it; <kbd className="key">+</kbd> <kbd className="key">−</kbd>{" "}
            <kbd className="key">0</kbd> zoom, dragging moves.
          </span>
        ) : (
          <Readout at={marked} inspected={inspected} level={level} labelClasses={labelClasses} />
        )}
      </Text>
    </section>
  );
}

/** What the colours mean, and how much of the image each has. */
function Legend({ rows, colors }: { rows: readonly ClassRow[]; colors: readonly string[] }) {
  const total = totalOf(rows);
  const all = pixelsOf(total);
  const entries = [
    ["kept", "kept: the teacher is sure", total.kept],
    ["dropped", "dropped: too uncertain", total.dropped],
    ["answered", "a person's answer, in its class colour", total.agreed + total.overruled],
    ["void", "a person's void", total.void],
    ["sieved", "an answer that the teacher contradicts", total.sieved],
  ] as const;
  const shown = answeredOf(total) > 0 ? entries : entries.slice(0, 2);
  return (
    <ul className={classes["legend"]}>
      {shown
        .filter(([name, , count]) => name !== "sieved" || count > 0)
        .map(([name, words, count]) => (
          <li key={name}>
            <span
              className={`swatch ${classes[name] ?? ""}`}
              style={name === "answered" ? { background: striped(colors) } : undefined}
            />
            {words} <span className="quiet">{percent(all === 0 ? null : count / all)}</span>
          </li>
        ))}
    </ul>
  );
}

/** Three of the classes' colours side by side. */
function striped([one = "#000", two = one, three = two]: readonly string[]): string {
  return `linear-gradient(90deg, ${one} 33%, ${two} 33% 66%, ${three} 66%)`;
}

interface ReadoutProps {
  at: ImagePoint;
  inspected: Inspected;
  level: number;
  labelClasses: readonly LabelClassView[];
}

function Readout({ at: [x, y], inspected, level, labelClasses }: ReadoutProps) {
  const index = y * inspected.width + x;
  const nameOf = (classId: number | undefined) => readable(labelClasses[classId ?? -1]?.name ?? "?");
  const [entropy, threshold] = [entropyOf(inspected.levels[index] ?? 0), entropyOf(level)];
  const said = nameOf(inspected.said?.labels[index]);
  const reason = {
    kept: `kept, for it is at most ${threshold.toFixed(3)}`,
    dropped: `dropped, for it is above ${threshold.toFixed(3)}`,
    answered: `a person says ${said}`,
    void: "a person says void",
    sieved: `a person says ${said} of the whole region; left out, for the teacher is sure of another class`,
  }[verdictAt(inspected, index, level)];
  return (
    <>
      {x}, {y}: the teacher says <strong>{nameOf(inspected.prediction[index])}</strong> with entropy{" "}
      {entropy.toFixed(3)}; {reason}.
    </>
  );
}
