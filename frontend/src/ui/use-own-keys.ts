import { useEffect, useEffectEvent } from "react";
import { keyName } from "../domain/keys";

const TAKEN = "input, textarea, select, [role=slider], [role=menu], [role=dialog], [role=radiogroup]";

/** What single keys do on a screen of its own, by their names, while nothing else wants them. */
export function useOwnKeys(
  actions: Readonly<Record<string, () => void>>,
  { repeats = false }: { readonly repeats?: boolean } = {},
): void {
  const down = useEffectEvent((event: KeyboardEvent) => {
    const name = keyName(event);
    const action = actions[name];
    if (action === undefined || event.defaultPrevented || (event.repeat && !repeats)) return;
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
