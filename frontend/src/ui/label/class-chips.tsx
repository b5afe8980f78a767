import type { LabelClass } from "../../domain/classes";
import { readable } from "../../domain/classes";
import { keyCap } from "../../domain/keys";
import type { Said } from "../../state/desk";
import type { Action, Work } from "./actions/action";
import { useWords } from "../../words/use-words";
import classes from "./label.module.css";

interface Props {
  work: Work;
  actions: readonly Action[];
  ordered: readonly LabelClass[];
  probabilities: ReadonlyMap<number, number>;
  /** What the person has said before; then that is marked, and no suggestion. */
  said: Said | null;
}

/** The classes as their keys lie, with what the teacher thinks of each. */
export function ClassChips({ work, actions, ordered, probabilities, said }: Props) {
  const words = useWords();
  return (
    <div className={classes["chips"]} role="group" aria-label={words.label.classes}>
      {ordered.map((one) => {
        const action = actions.find(({ classId }) => classId === one.class_id);
        const probability = probabilities.get(one.class_id);
        const isSaid = said?.class_id === one.class_id;
        const marked = said === null ? one.class_id === work.guesses[0] : isSaid;
        const about = [
          probability === undefined ? null : words.numbers.percent(probability, 0),
          isSaid ? words.review.yours : null,
        ].filter((text) => text !== null);
        const painting = work.editor?.classId === one.class_id;
        return (
          <button
            key={one.class_id}
            type="button"
            className={classes["chip"]}
            data-testid={`class-${one.class_id}`}
            data-suggested={(work.editor === null && marked) || undefined}
            data-painting={painting || undefined}
            aria-pressed={work.editor === null ? undefined : painting}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => action?.run(work)}
          >
            <kbd className="key">{keyCap(action?.keys[0] ?? "·", words.help.caps)}</kbd>
            <span className="swatch" style={{ background: one.color }} />
            <span className={classes["chipText"]}>
              <span className={classes["chipName"]}>{readable(one.name)}</span>
              {about.length > 0 && <span className={classes["chipShare"]}>{about.join(" · ")}</span>}
            </span>
            <span className={classes["chipBar"]} style={{ width: `${(probability ?? 0) * 100}%` }} />
          </button>
        );
      })}
    </div>
  );
}
