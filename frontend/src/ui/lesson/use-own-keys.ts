import { useEffect, useEffectEvent } from "react";
import { keyName } from "../../domain/keys";

const TAKEN = "input, textarea, select, [role=menu], [role=dialog]";

/** What single keys do on a screen that only shows something, while nothing else wants them. */
export function useOwnKeys(actions: Readonly<Record<string, () => void>>): void {
  const down = useEffectEvent((event: KeyboardEvent) => {
    const name = keyName(event);
    const action = actions[name];
    if (action === undefined || event.defaultPrevented || event.repeat) return;
    if (event.target instanceof Element) {
      if (event.target.closest(TAKEN) !== null) return;
      if (name === "enter" && event.target.closest("button, a[href]") !== null) return;
    }
    event.preventDefault();
    action();
  });
  useEffect(() => {
    const onDown = (event: KeyboardEvent) => down(event);
    globalThis.addEventListener("keydown", onDown);
    return () => globalThis.removeEventListener("keydown", onDown);
  }, []);
}
