import { keyCap } from "../../domain/keys";
import type { Action, Work } from "./actions/action";
import classes from "./label.module.css";

/** The tools to split a region with, each with its key. */
export function ToolRow({ actions, work }: { actions: readonly Action[]; work: Work }) {
  return (
    <div className={classes["tools"]} role="group" aria-label="Tools">
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
            title={action.title}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => action.run(work)}
          >
            {action.short}
            <kbd className="key">{keyCap(action.keys[0] ?? "")}</kbd>
          </button>
        );
      })}
    </div>
  );
}
