import { Button, Group, Modal, Switch, Text } from "@mantine/core";
import { useState } from "react";
import type { LabelClass } from "../../domain/classes";
import { keyCap } from "../../domain/keys";
import type { Words } from "../../words/en";
import { useWords } from "../../words/use-words";
import { usePreferences } from "../use-preferences";
import type { Action } from "./actions/action";
import { holderOf } from "./actions/table";
import { KeyButton } from "./key-button";
import classes from "./label.module.css";

const GROUPS = ["Answer", "Go", "Look", "Tools", "Split"] as const;

interface Props {
  readonly actions: readonly Action[];
  readonly ofId: ReadonlyMap<number, LabelClass>;
  readonly opened: boolean;
  readonly onClose: () => void;
}

/** Every key, from the table that the keys themselves are read from; a click on one lets another take its place. */
export function Help({ actions, ofId, opened, onClose }: Props) {
  const words = useWords();
  const { preferences, change, error } = usePreferences();
  const [told, setTold] = useState<string | null>(null);
  const take = (action: Action, key: string) => {
    const holder = holderOf(actions, action, key);
    if (holder !== undefined) {
      setTold(words.settings.taken(keyCap(key, words.help.caps), holder.says(words).title));
      return;
    }
    setTold(null);
    change({ keys: { ...preferences.keys, [action.keptAs]: key } });
  };
  const list = (title: string, shown: readonly Action[]) => (
    <section key={title} className={classes["keys"]}>
      <h2>{title}</h2>
      <dl>
        {rowsOf(shown, words).map(([does, [first, ...others]]) => (
          <div key={first.name}>
            <dt>
              {[first, ...others].map((action) => (
                <KeyButton key={action.name} action={action} onTake={(key) => take(action, key)} />
              ))}
            </dt>
            <dd>
              {first.classId !== undefined && (
                <span className="swatch" style={{ background: ofId.get(first.classId)?.color }} />
              )}
              {does}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
  return (
    <Modal opened={opened} onClose={onClose} title={words.help.title} size={960}>
      <Text size="xs" className="quiet" mb="xs">
        {words.settings.lead}
      </Text>
      <Text size="xs" className="bad" role="alert" mih={18}>
        {told ?? (error === null ? "" : words.settings.notSaved)}
      </Text>
      <div className={classes["help"]}>
        <div>
          {GROUPS.slice(0, 3).map((group) =>
            list(
              words.help.groups[group],
              actions.filter((action) => action.group === group && action.classId === undefined),
            ),
          )}
        </div>
        <div>
          {GROUPS.slice(3).map((group) =>
            list(
              words.help.groups[group],
              actions.filter((action) => action.group === group),
            ),
          )}
        </div>
        {list(
          words.help.classes,
          actions.filter(({ classId }) => classId !== undefined),
        )}
      </div>
      <Group justify="space-between" align="flex-end">
        <Switch
          label={words.settings.singleKeys}
          description={words.settings.singleKeysIs}
          checked={preferences.single_keys}
          onChange={({ currentTarget }) => change({ single_keys: currentTarget.checked })}
          size="sm"
        />
        <Button
          variant="default"
          disabled={Object.keys(preferences.keys).length === 0}
          onClick={() => change({ keys: {} })}
        >
          {words.settings.reset}
        </Button>
      </Group>
    </Modal>
  );
}

type Row = readonly [does: string, actions: readonly [Action, ...Action[]]];

/** Neighbours that do the same, as arrows do, share a row. */
function rowsOf(actions: readonly Action[], words: Words): readonly Row[] {
  return actions.reduce<readonly Row[]>((rows, action) => {
    const does = action.says(words).title;
    const last = rows.at(-1);
    return last?.[0] === does
      ? [...rows.slice(0, -1), [does, [...last[1], action]]]
      : [...rows, [does, [action]]];
  }, []);
}
