import type { CheckpointMetrics } from "../../api/types";
import type { Words } from "../../words/en";
import { useWords } from "../../words/use-words";
import classes from "./project.module.css";

const HEIGHT = 150;
const WIDTH = 390;
/** Room for the words at the axes. */
const LEFT = 44;
const BELOW = 36;

type Bins = CheckpointMetrics["reliability"];

/** A reliability diagram: how often pixels are right, by how sure the network is of them. */
export function Reliability({ bins }: { bins: Bins }) {
  const { project, numbers } = useWords();
  const { reliability: words } = project;
  const most = Math.max(1, ...bins.map((bin) => bin.pixels));
  const wide = WIDTH / bins.length;
  return (
    <svg
      width={LEFT + WIDTH + 4}
      viewBox={`0 0 ${LEFT + WIDTH + 4} ${HEIGHT + BELOW + 6}`}
      className={classes["reliability"]}
      role="img"
      aria-label={described(words, bins)}
    >
      <g transform={`translate(${LEFT} 6)`}>
        {[0, 0.5, 1].map((share) => (
          <g key={share}>
            <line x1={0} x2={WIDTH} y1={HEIGHT * (1 - share)} y2={HEIGHT * (1 - share)} />
            <text x={-5} y={HEIGHT * (1 - share) + 4} textAnchor="end">
              {numbers.percent(share, 0)}
            </text>
            <text x={WIDTH * share} y={HEIGHT + 15} textAnchor={anchorOf(share)}>
              {numbers.percent(share, 0)}
            </text>
          </g>
        ))}
        <text x={WIDTH / 2} y={HEIGHT + 32} textAnchor="middle">
          {words.axes}
        </text>
        {bins.map((bin, nth) => (
          <rect
            key={nth}
            x={nth * wide + 0.5}
            width={wide - 1}
            y={HEIGHT * (1 - (bin.accuracy ?? 0))}
            height={HEIGHT * (bin.accuracy ?? 0)}
            opacity={0.25 + 0.75 * Math.sqrt(bin.pixels / most)}
          >
            <title>{spoken(words, bin)}</title>
          </rect>
        ))}
        <path d={`M0 ${HEIGHT}L${WIDTH} 0`} />
      </g>
    </svg>
  );
}

function anchorOf(share: number): "start" | "middle" | "end" {
  return share === 0 ? "start" : share === 1 ? "end" : "middle";
}

type Spoken = Words["project"]["reliability"];

function described(words: Spoken, bins: Bins): string {
  return bins
    .filter((bin) => bin.pixels > 0)
    .map((bin) => spoken(words, bin))
    .join("; ");
}

function spoken(words: Spoken, { pixels, confidence, accuracy }: Bins[number]): string {
  return words.bar(confidence, accuracy, pixels);
}
