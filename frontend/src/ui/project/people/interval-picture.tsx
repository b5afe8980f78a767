import { intervalInWords, signed, type Interval } from "./bias";
import classes from "./people.module.css";

const WIDTH = 300;
/** Room at the sides for the words at the ends. */
const SIDE = 24;
const LINE = 12;
const HEIGHT = 42;

/** Where the difference lies, and how sure that is: a bar over the interval, with zero in the middle. */
export function IntervalPicture({ interval }: { interval: Interval }) {
  const { difference, low, high } = interval;
  const reach = Math.ceil(Math.max(0.2, -low, high) * 10) / 10;
  const at = (share: number) => SIDE + ((share / reach + 1) / 2) * WIDTH;
  return (
    <svg
      className={classes["interval"]}
      role="img"
      aria-label={intervalInWords(interval)}
      width={WIDTH + 2 * SIDE}
      height={HEIGHT}
      viewBox={`0 0 ${WIDTH + 2 * SIDE} ${HEIGHT}`}
    >
      <line x1={at(-reach)} x2={at(reach)} y1={LINE} y2={LINE} />
      {[-reach, 0, reach].map((share) => (
        <g key={share}>
          <line
            x1={at(share)}
            x2={at(share)}
            y1={share === 0 ? 0 : LINE - 4}
            y2={share === 0 ? 24 : LINE + 4}
          />
          <text x={at(share)} y={HEIGHT - 4} textAnchor="middle">
            {signed(share)}
          </text>
        </g>
      ))}
      <rect x={at(low)} width={at(high) - at(low)} y={LINE - 3} height={6} />
      <circle cx={at(difference)} cy={LINE} r={5} />
    </svg>
  );
}
