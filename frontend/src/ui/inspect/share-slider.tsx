import { Slider, Text } from "@mantine/core";
import type { PseudoLabelsView } from "../../api/types";
import { entropyOf, shareOf } from "../../domain/pseudo-labels";
import { percent } from "../../domain/words";
import classes from "./inspect.module.css";

interface Props {
  found: PseudoLabelsView;
  step: number;
  onStep: (step: number) => void;
}

/** How far a training has come, and with it how much it drops. */
export function ShareSlider({ found, step, onStep }: Props) {
  const last = found.alphas.length - 1;
  const sum = (of: (image: PseudoLabelsView["images"][number]) => number) =>
    found.images.reduce((total, image) => total + of(image), 0);
  const kept = shareOf(
    sum((image) => image.kept[step] ?? 0),
    sum((image) => image.open),
  );
  const figures = [
    ["Iterations t / T", percent(step / last, 0)],
    ["Dropped share α", percent(found.alphas[step], 0)],
    ["Kept up to entropy γ", entropyOf(found.levels[step] ?? 255).toFixed(3)],
    ["Kept of the pool", percent(kept)],
  ] as const;
  return (
    <section className={`panel ${classes["share"] ?? ""}`} aria-label="Share that is dropped">
      <div className={classes["slider"]}>
        <Text size="xs" className="quiet">
          A training drops the most uncertain pixels that nobody has answered: {percent(found.alphas[0], 0)}{" "}
          at its start, none at its end.
        </Text>
        <Slider
          min={0}
          max={last}
          value={step}
          onChange={onStep}
          label={null}
          size={4}
          thumbSize={16}
          color="var(--accent)"
          thumbLabel="How far the training has come"
          thumbValueText={`t / T ${percent(step / last, 0)}, ${percent(found.alphas[step], 0)} dropped`}
        />
        <div className={classes["ends"]} aria-hidden>
          <span>start</span>
          <span>end</span>
        </div>
      </div>
      <dl className={classes["figures"]} data-testid="threshold">
        {figures.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
