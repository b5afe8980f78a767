import { useEffect, useEffectEvent } from "react";

/** Single keys act while nothing else wants them: no field, no slider, no menu, no dialogue. */
export function useKeys(actions: Readonly<Record<string, () => void>>): void {
  const down = useEffectEvent((event: KeyboardEvent) => {
    if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.target instanceof Element && event.target.closest(TAKEN) !== null) return;
    const action = actions[event.key];
    if (action === undefined) return;
    event.preventDefault();
    action();
  });
  useEffect(() => {
    const onDown = (event: KeyboardEvent) => down(event);
    globalThis.addEventListener("keydown", onDown);
    return () => globalThis.removeEventListener("keydown", onDown);
  }, []);
}

const TAKEN = "input, textarea, select, [role=slider], [role=menu], [role=dialog], [role=radiogroup]";
