import type { RoundView } from "../../api/types";
import classes from "./project.module.css";

const CHAIN = ["training", "evaluating", "scoring", "selecting", "labelling", "closed"] as const;
/** A round that asks nothing. */
const FINAL = ["training", "evaluating", "closed"] as const;

/** Where a round is on its way. */
export function StateChain({ round }: { round: RoundView }) {
  const isFinal = round.config.acquisition?.budget?.amount === 0;
  const chain: readonly string[] = isFinal ? FINAL : CHAIN;
  const stopped = round.state === "failed" || round.state === "cancelled";
  const at = chain.indexOf(stopped ? (round.failed_in ?? "") : round.state);
  const standing = (nth: number) => {
    if (nth === at) return round.state === "failed" ? "failed" : nth === chain.length - 1 ? "past" : "now";
    return nth < at ? "past" : "to come";
  };
  return (
    <ol
      className={classes["chain"]}
      aria-label={`Round ${round.round_index} is ${round.state}`}
      data-testid="chain"
    >
      {chain.map((state, nth) => (
        <li key={state} data-standing={standing(nth)} aria-current={nth === at ? "step" : undefined}>
          {state}
        </li>
      ))}
      {stopped && round.failed_in === null && <li data-standing="failed">{round.state}</li>}
    </ol>
  );
}
