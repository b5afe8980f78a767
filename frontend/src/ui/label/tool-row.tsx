import { keyCap } from "../../domain/keys";
import type { Action, Work } from "./actions/action";
import { useWords } from "../../words/use-words";
import classes from "./label.module.css";

/** The tools to split a region with, each with its key. */
export function ToolRow({ actions, work }: { actions: readonly Action[]; work: Work }) {
  const words = useWords();
  return (
    <div className={classes["tools"]} role="group" aria-label={words.label.tools}>
      {actions.map((action) => {
        if (action.tool === undefined) return null;
        const isOn = work.editor?.tool === action.tool;
        return (
          <button
            key={action.name}
            type="button"
            className={classes["tool"]}
            data-testid={action.name}
            data-painting={isOn || undefined}
            aria-pressed={isOn}
            title={action.says(words).title}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => action.run(work)}
          >
            {action.says(words).short}
            <kbd className="key">{keyCap(action.keys[0] ?? "", words.help.caps)}</kbd>
          </button>
        );
      })}
    </div>
  );
}
