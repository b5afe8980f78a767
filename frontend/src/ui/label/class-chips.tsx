import type { LabelClass } from "../../domain/classes";
import { readable } from "../../domain/classes";
import { keyCap } from "../../domain/keys";
import type { Action, Work } from "./actions/action";
import { useWords } from "../../words/use-words";
import classes from "./label.module.css";

interface Props {
  work: Work;
  actions: readonly Action[];
  ordered: readonly LabelClass[];
  probabilities: ReadonlyMap<number, number>;
}

/** The classes as their keys lie, with what the teacher thinks of each. */
export function ClassChips({ work, actions, ordered, probabilities }: Props) {
  const words = useWords();
  return (
    <div className={classes["chips"]} role="group" aria-label={words.label.classes}>
      {ordered.map((one) => {
        const action = actions.find(({ classId }) => classId === one.class_id);
        const probability = probabilities.get(one.class_id);
        const suggested = work.editor === null && one.class_id === work.guesses[0];
        const painting = work.editor?.classId === one.class_id;
        return (
          <button
            key={one.class_id}
            type="button"
            className={classes["chip"]}
            data-testid={`class-${one.class_id}`}
            data-suggested={suggested || undefined}
            data-painting={painting || undefined}
            aria-pressed={work.editor === null ? undefined : painting}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => action?.run(work)}
          >
            <kbd className="key">{keyCap(action?.keys[0] ?? "·", words.help.caps)}</kbd>
            <span className="swatch" style={{ background: one.color }} />
            <span className={classes["chipText"]}>
              <span className={classes["chipName"]}>{readable(one.name)}</span>
              {probability !== undefined && (
                <span className={classes["chipShare"]}>{words.numbers.percent(probability, 0)}</span>
              )}
            </span>
            <span className={classes["chipBar"]} style={{ width: `${(probability ?? 0) * 100}%` }} />
          </button>
        );
      })}
    </div>
  );
}
