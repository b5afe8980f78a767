import { useEffect, useEffectEvent } from "react";
import { keyName } from "../../domain/keys";
import type { Action, OwnName, Work } from "./actions/action";
import { actionFor, reasonFor, withoutSingleKeys } from "./actions/table";

interface Options {
  /** A dialogue is open: only the action that closes it is heard. */
  readonly only: OwnName | null;
  readonly hasSingleKeys: boolean;
}

/** Single keys act while nothing else wants them: no field, no menu, no dialogue, no focused button. */
export function useKeys(actions: readonly Action[], work: Work, { only, hasSingleKeys }: Options): void {
  const down = useEffectEvent((event: KeyboardEvent) => {
    const pressed = keyName(event);
    const name = hasSingleKeys ? pressed : withoutSingleKeys(pressed);
    if (name === null || event.defaultPrevented || isTaken(event.target, name)) return;
    const action = actionFor(actions, name, work);
    if (only !== null && action?.name !== only) return;
    if (action === undefined) {
      const reason = reasonFor(actions, name, work);
      if (reason !== null) work.tell(reason);
      return;
    }
    event.preventDefault();
    if (!event.repeat || action.repeats === true) action.run(work);
  });
  const up = useEffectEvent((event: KeyboardEvent) => {
    const name = keyName(event);
    for (const action of actions) if (action.keys.includes(name)) action.release?.(work);
  });
  const blur = useEffectEvent(() => {
    for (const action of actions) action.release?.(work); // the key is let go of somewhere else
  });
  useEffect(() => {
    const onDown = (event: KeyboardEvent) => down(event);
    const onUp = (event: KeyboardEvent) => up(event);
    const onBlur = () => blur();
    globalThis.addEventListener("keydown", onDown);
    globalThis.addEventListener("keyup", onUp);
    globalThis.addEventListener("blur", onBlur);
    return () => {
      globalThis.removeEventListener("keydown", onDown);
      globalThis.removeEventListener("keyup", onUp);
      globalThis.removeEventListener("blur", onBlur);
    };
  }, []);
}

/** Tab walks through the buttons once one of them has the focus; Shift and Tab lead to them. */
function isTaken(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof Element)) return false;
  if (target.closest("input, textarea, select, [contenteditable=true], [role=menu]") !== null) return true;
  const activates = key === "enter" || key === "space" || key === "tab";
  return activates && target.closest("button, a[href]") !== null;
}
