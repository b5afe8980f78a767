import { Modal } from "@mantine/core";
import type { LabelClass } from "../../domain/classes";
import { keyCap } from "../../domain/keys";
import type { Action } from "./actions/action";
import { useWords } from "../../words/use-words";
import classes from "./label.module.css";

const GROUPS = ["Answer", "Go", "Look", "Tools", "Split"] as const;

interface Props {
  actions: readonly Action[];
  ofId: ReadonlyMap<number, LabelClass>;
  opened: boolean;
  onClose: () => void;
}

/** Every key, from the table that the keys themselves are read from. */
export function Help({ actions, ofId, opened, onClose }: Props) {
  const words = useWords();
  const ofClasses = actions.filter(({ classId }) => classId !== undefined);
  return (
    <Modal opened={opened} onClose={onClose} title={words.help.title} size={780}>
      <div className={classes["help"]}>
        <div>
          {GROUPS.map((group) => (
            <Keys
              key={group}
              title={words.help.groups[group]}
              actions={actions.filter((action) => action.group === group && action.classId === undefined)}
              ofId={ofId}
            />
          ))}
        </div>
        <Keys title={words.help.classes} actions={ofClasses} ofId={ofId} />
      </div>
    </Modal>
  );
}

function Keys({ title, actions, ofId }: Pick<Props, "actions" | "ofId"> & { title: string }) {
  const words = useWords();
  return (
    <dl className={classes["keys"]} aria-label={title}>
      <h2>{title}</h2>
      {actions.map(({ name, says, keys, classId }) => (
        <div key={name}>
          <dt>
            {keys.map((key) => (
              <kbd key={key} className="key">
                {keyCap(key, words.help.caps)}
              </kbd>
            ))}
          </dt>
          <dd>
            {classId !== undefined && (
              <span className="swatch" style={{ background: ofId.get(classId)?.color }} />
            )}
            {says(words).title}
          </dd>
        </div>
      ))}
    </dl>
  );
}
