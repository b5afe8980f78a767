import { useLayoutEffect, useRef, useState, type RefObject } from "react";
import type { Size } from "../../domain/geometry";

/** The size of a pane, known before the browser first paints it: a region never begins with an empty frame. */
export function usePaneSize(): Size & { readonly pane: RefObject<HTMLDivElement | null> } {
  const pane = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const element = pane.current;
    if (element === null) return undefined;
    const measure = () => {
      const { clientWidth: width, clientHeight: height } = element;
      setSize((old) => (old.width === width && old.height === height ? old : { width, height }));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return { ...size, pane };
}
