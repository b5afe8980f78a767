/** The one table of what can be done on the labelling page. Buttons, keys, help and tests read it. */

import { type LabelClass, readable } from "../../../domain/classes";
import { isCharacter } from "../../../domain/keys";
import type { Saying } from "../../../words/en";
import type { Action, Work } from "./action";
import { LOOKING } from "./looking";
import { SPLIT } from "./split";
import { classAction, WHOLE } from "./whole";

/** Keys as a person has changed them: by `keptAs` of an action, the one key that does it. */
export type OwnKeys = Readonly<Record<string, string>>;

/** All actions of a project; the page's own keys come first, as the server's schema keeps them free. */
export function actionsOf(classes: readonly LabelClass[], own: OwnKeys = {}): readonly Action[] {
  const ofClasses = classes.map(({ class_id, name, hotkey }) =>
    classAction(class_id, readable(name), hotkey),
  );
  return [...WHOLE, ...SPLIT, ...LOOKING, ...ofClasses].map((action) => {
    const key = own[action.keptAs];
    return key === undefined ? action : { ...action, keys: [key] };
  });
}

/** What `key` does now. */
export function actionFor(actions: readonly Action[], key: string, work: Work): Action | undefined {
  return actions.find((action) => action.keys.includes(key) && action.when(work));
}

/** Why `key` does nothing now, where there is something to say. */
export function reasonFor(actions: readonly Action[], key: string, work: Work): Saying | null {
  return actions.find((action) => action.keys.includes(key))?.whyNot?.(work) ?? null;
}

/** Whether two actions can be wanted at the same moment: of those the keys must differ. */
function meet(one: Action, other: Action): boolean {
  const isSplits = ({ group }: Action) => group === "Split" || group === "Tools";
  const isWholes = ({ group, classId }: Action) =>
    group === "Go" || (group === "Answer" && classId === undefined);
  // A tool at work takes Enter for itself: the table has the two in that order.
  const isPair = [one, other].every(({ name }) => name === "complete" || name === "submit-split");
  return !isPair && !(isSplits(one) && isWholes(other)) && !(isWholes(one) && isSplits(other));
}

/** What has `key` already, and would be in the way if `action` had it too; undefined: it is free. */
export function holderOf(actions: readonly Action[], action: Action, key: string): Action | undefined {
  return actions.find(
    (other) => other.name !== action.name && other.keys.includes(key) && meet(action, other),
  );
}

/**
 * The key as the table has it, for somebody who has switched single keys off (WCAG 2.2, 2.1.4): characters act together
 * with Alt only. null: it does nothing.
 */
export function withoutSingleKeys(key: string): string | null {
  if (key.startsWith("alt+")) return key.slice("alt+".length);
  return isCharacter(key) ? null : key;
}
