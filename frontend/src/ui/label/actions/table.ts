/** The one table of what can be done on the labelling page. Buttons, keys, help and tests read it. */

import { type LabelClass, readable } from "../../../domain/classes";
import { isCharacter } from "../../../domain/keys";
import type { Saying } from "../../../words/en";
import type { Action, Work } from "./action";
import { LOOKING } from "./looking";
import { SPLIT } from "./split";
import { classAction, WHOLE } from "./whole";

/** Keys as a person has changed them: by an action's name, the one key that does it. */
export type OwnKeys = Readonly<Record<string, string>>;

/** All actions of a project; the page's own keys come first, as the server's schema keeps them free. */
export function actionsOf(classes: readonly LabelClass[], own: OwnKeys = {}): readonly Action[] {
  const ofClasses = classes.map(({ class_id, name, hotkey }) =>
    classAction(class_id, readable(name), hotkey),
  );
  return [...WHOLE, ...SPLIT, ...LOOKING, ...ofClasses].map((action) => {
    const key = own[action.name];
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

/**
 * The key as the table has it, for somebody who has switched single keys off (WCAG 2.2, 2.1.4): characters act together
 * with Alt only. null: it does nothing.
 */
export function withoutSingleKeys(key: string): string | null {
  if (key.startsWith("alt+")) return key.slice("alt+".length);
  return isCharacter(key) ? null : key;
}
