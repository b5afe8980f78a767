import type { RoundState, RoundView } from "../../api/types";
import { useWords } from "../../words/use-words";
import classes from "./project.module.css";

const CHAIN = [
  "training",
  "evaluating",
  "scoring",
  "selecting",
  "labelling",
  "closed",
] as const satisfies readonly RoundState[];
/** A round that asks nothing. */
const FINAL = ["training", "evaluating", "closed"] as const satisfies readonly RoundState[];

/** Where a round is on its way. */
export function StateChain({ round }: { round: RoundView }) {
  const { state: named, round: words } = useWords().project;
  const isFinal = round.config.acquisition?.budget?.amount === 0;
  const chain: readonly RoundState[] = isFinal ? FINAL : CHAIN;
  const stopped = round.state === "failed" || round.state === "cancelled";
  const reached = stopped ? round.failed_in : round.state;
  const at = chain.findIndex((state) => state === reached);
  const standing = (nth: number) => {
    if (nth === at) return round.state === "failed" ? "failed" : nth === chain.length - 1 ? "past" : "now";
    return nth < at ? "past" : "to come";
  };
  return (
    <ol
      className={classes["chain"]}
      aria-label={words.stands(round.round_index, named[round.state])}
      data-testid="chain"
    >
      {chain.map((state, nth) => (
        <li key={state} data-standing={standing(nth)} aria-current={nth === at ? "step" : undefined}>
          {named[state]}
        </li>
      ))}
      {stopped && round.failed_in === null && <li data-standing="failed">{named[round.state]}</li>}
    </ol>
  );
}
