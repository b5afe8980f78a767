import { useEffect, useEffectEvent } from "react";
import { keyName } from "../../domain/keys";
import { actionFor, reasonFor, type Action, type Work } from "./actions";

/** Single keys act while nothing else wants them: no field, no menu, no dialogue, no focused button. */
export function useKeys(actions: readonly Action[], work: Work, helpIsOpen: boolean): void {
  const down = useEffectEvent((event: KeyboardEvent) => {
    const name = keyName(event);
    if (event.defaultPrevented || isTaken(event.target, name)) return;
    if (helpIsOpen && name !== "?") return;
    const action = actionFor(actions, name, work);
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
  useEffect(() => {
    const onDown = (event: KeyboardEvent) => down(event);
    const onUp = (event: KeyboardEvent) => up(event);
    globalThis.addEventListener("keydown", onDown);
    globalThis.addEventListener("keyup", onUp);
    return () => {
      globalThis.removeEventListener("keydown", onDown);
      globalThis.removeEventListener("keyup", onUp);
    };
  }, []);
}

function isTaken(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof Element)) return false;
  if (target.closest("input, textarea, select, [contenteditable=true], [role=menu]") !== null) return true;
  const activates = key === "enter" || key === "space";
  return activates && target.closest("button, a[href]") !== null;
}
