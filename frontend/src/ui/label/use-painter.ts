import { useCallback, useEffect, useLayoutEffect, useRef } from "react";

/** Paints after each render at once, and, however often the returned function is called in between, once a frame. */
export function usePainter(paint: () => void): () => void {
  const latest = useRef(paint);
  const frame = useRef(0);
  useLayoutEffect(() => {
    latest.current = paint;
    cancelAnimationFrame(frame.current);
    frame.current = 0;
    paint();
  });
  useEffect(() => () => cancelAnimationFrame(frame.current), []);
  return useCallback(() => {
    if (frame.current !== 0) return;
    frame.current = requestAnimationFrame(() => {
      frame.current = 0;
      latest.current();
    });
  }, []);
}
