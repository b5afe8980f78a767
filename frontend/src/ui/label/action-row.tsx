import { keyCap, type Action, type Work } from "./actions";
import classes from "./label.module.css";

const SHORT: Readonly<Record<string, string>> = {
  accept: "Accept",
  split: "Split",
  void: "Void",
  unsure: "Unsure",
  "bad-query": "Bad query",
  skip: "Skip",
  back: "Back",
  "submit-split": "Answer",
  "paint-void": "Void",
  thinner: "Thinner",
  thicker: "Thicker",
  undo: "Undo",
  redo: "Redo",
  peek: "Peek",
  "leave-split": "Leave split",
  help: "Keys",
};

/** What can be done now, beside the classes, each with its key. */
export function ActionRow({ actions, work }: { actions: readonly Action[]; work: Work }) {
  const group = work.editor === null ? ["Answer", "Go"] : ["Split"];
  const shown = actions.filter((action) => action.classId === undefined && group.includes(action.group));
  return (
    <div className={classes["actions"]} role="group" aria-label="Other answers and steps">
      {shown.map((action) => (
        <button
          key={action.name}
          type="button"
          className={classes["action"]}
          data-testid={`action-${action.name}`}
          data-primary={action.keys[0] === "enter" || undefined}
          data-painting={(action.name === "paint-void" && work.editor?.classId === 255) || undefined}
          disabled={!action.when(work)}
          title={action.whyNot?.(work) ?? action.title}
          onMouseDown={(event) => {
            event.preventDefault();
            if (action.release !== undefined) action.run(work);
          }}
          onMouseUp={() => action.release?.(work)}
          onClick={() => {
            if (action.release === undefined) action.run(work);
          }}
        >
          {SHORT[action.name]}
          <kbd className="key">{keyCap(action.keys[0] ?? "")}</kbd>
        </button>
      ))}
    </div>
  );
}
