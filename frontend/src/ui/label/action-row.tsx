import { keyCap } from "../../domain/keys";
import type { Action, Work } from "./actions/action";
import { useWords } from "../../words/use-words";
import classes from "./label.module.css";

/** What can be done now, beside the classes and tools, each with its key. */
export function ActionRow({ actions, work }: { actions: readonly Action[]; work: Work }) {
  const words = useWords();
  const groups = work.editor === null ? ["Answer", "Go", "Look"] : ["Split", "Look"];
  const shown = actions.filter(({ hasButton, group }) => hasButton === true && groups.includes(group));
  return (
    <div className={classes["actions"]} role="group" aria-label={words.label.otherActions}>
      {shown.map((action) => (
        <button
          key={action.name}
          type="button"
          className={classes["action"]}
          data-testid={`action-${action.name}`}
          data-primary={action.keys[0] === "enter" || undefined}
          data-painting={(action.name === "paint-void" && work.editor?.classId === 255) || undefined}
          disabled={!action.when(work)}
          title={action.whyNot?.(work)?.(words) ?? action.says(words).title}
          onPointerDown={(event) => {
            event.preventDefault();
            if (action.release !== undefined) action.run(work);
          }}
          onMouseDown={(event) => event.preventDefault()}
          onPointerUp={() => action.release?.(work)}
          onPointerLeave={() => action.release?.(work)}
          onClick={() => {
            if (action.release === undefined) action.run(work);
          }}
        >
          {action.says(words).short}
          <kbd className="key">{keyCap(action.keys[0] ?? "", words.help.caps)}</kbd>
        </button>
      ))}
    </div>
  );
}
