import { Modal } from "@mantine/core";
import type { LabelClass } from "../../domain/classes";
import { keyCap } from "../../domain/keys";
import type { Action } from "./actions/action";
import classes from "./label.module.css";

const GROUPS: readonly (readonly [Action["group"], string])[] = [
  ["Answer", "Answer the region; the next comes at once"],
  ["Go", "Go"],
  ["Look", "Look"],
  ["Tools", "Tools, while splitting a region"],
  ["Split", "While splitting a region"],
];

interface Props {
  actions: readonly Action[];
  ofId: ReadonlyMap<number, LabelClass>;
  opened: boolean;
  onClose: () => void;
}

/** Every key, from the table that the keys themselves are read from. */
export function Help({ actions, ofId, opened, onClose }: Props) {
  const ofClasses = actions.filter(({ classId }) => classId !== undefined);
  return (
    <Modal opened={opened} onClose={onClose} title="Keys" size={780}>
      <div className={classes["help"]}>
        <div>
          {GROUPS.map(([group, title]) => (
            <Keys
              key={group}
              title={title}
              actions={actions.filter((action) => action.group === group && action.classId === undefined)}
              ofId={ofId}
            />
          ))}
        </div>
        <Keys title="Name the region, or what the brush paints" actions={ofClasses} ofId={ofId} />
      </div>
    </Modal>
  );
}

function Keys({ title, actions, ofId }: Pick<Props, "actions" | "ofId"> & { title: string }) {
  return (
    <dl className={classes["keys"]} aria-label={title}>
      <h2>{title}</h2>
      {actions.map(({ name, title: does, keys, classId }) => (
        <div key={name}>
          <dt>
            {keys.map((key) => (
              <kbd key={key} className="key">
                {keyCap(key)}
              </kbd>
            ))}
          </dt>
          <dd>
            {classId !== undefined && (
              <span className="swatch" style={{ background: ofId.get(classId)?.color }} />
            )}
            {does}
          </dd>
        </div>
      ))}
    </dl>
  );
}
