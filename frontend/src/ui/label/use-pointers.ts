import { useEffect, useEffectEvent, useMemo, type PointerEvent, type RefObject } from "react";
import { screenPoint, toRegion, type Box, type ScreenPoint } from "../../domain/geometry";
import type { Look } from "../../domain/look";
import { Pointers, type Ground, type PointerSign } from "../../editor/pointers";
import type { SplitEditor } from "../../editor/split-editor";

interface Options {
  readonly look: Look;
  /** Of the region. */
  readonly box: Box;
  /** null: there is nothing to draw on. */
  readonly editor: SplitEditor | null;
  /** Whether Space is held. */
  readonly pans: boolean;
  /** The class under the pointer is wanted, and there was none. */
  readonly onNothing?: () => void;
}

const REACH = 8; // CSS px within which two positions are the same to a hand

/** What pointers do in a pane: mouse, pen and fingers, and the wheel. To be spread on its topmost element. */
export function usePointers(
  target: RefObject<HTMLElement | null>,
  { look, box, editor, pans, onNothing }: Options,
) {
  const known = useMemo(() => new Pointers(), []);

  const placed = (event: { clientX: number; clientY: number }): ScreenPoint => {
    const { left, top } = target.current?.getBoundingClientRect() ?? { left: 0, top: 0 };
    return screenPoint(event.clientX - left, event.clientY - top);
  };
  const at = (point: ScreenPoint) => toRegion(look.viewport, box, point);
  const ground: Ground = {
    draws: editor !== null,
    pans,
    draw: (type, point) =>
      editor?.handle({ type, at: at(point) }, Math.max(0.75, REACH / look.viewport.scale)),
    cancel: () => editor?.handle({ type: "cancel" }),
    pan: (dx, dy) => look.pan(dx, dy),
    pinch: (before, now, factor) => look.pinch(before, now, factor),
    pick: () => {
      if (editor?.pickUnderCursor() === false) onNothing?.();
    },
  };
  const signOf = (event: PointerEvent | globalThis.PointerEvent): PointerSign => ({
    id: event.pointerId,
    kind: event.pointerType === "pen" ? "pen" : event.pointerType === "touch" ? "touch" : "mouse",
    button: event.button,
    at: placed(event),
  });

  const wheel = useEffectEvent((event: WheelEvent) => {
    if (event.deltaY === 0) return;
    event.preventDefault(); // or the browser would make the whole page larger
    const by = event.deltaY < 0 ? 1 : -1;
    const hasSize = editor?.tool === "brush" || editor?.tool === "eraser";
    if (hasSize && !event.ctrlKey && !event.metaKey) editor.resize(by);
    else look.step(by, placed(event));
  });
  useEffect(() => {
    const element = target.current;
    const onWheel = (event: WheelEvent) => wheel(event);
    element?.addEventListener("wheel", onWheel, { passive: false });
    return () => element?.removeEventListener("wheel", onWheel);
  }, [target]);

  return {
    onPointerDown: (event: PointerEvent<HTMLElement>) => {
      event.currentTarget.setPointerCapture(event.pointerId);
      known.down(signOf(event), ground);
    },
    onPointerMove: (event: PointerEvent<HTMLElement>) => {
      const { nativeEvent } = event;
      // Browsers give what came between two frames to pages of localhost and https only.
      const tellsAll = known.state === "drawing" && "getCoalescedEvents" in nativeEvent;
      const steps = tellsAll ? nativeEvent.getCoalescedEvents() : [];
      for (const step of steps.length > 0 ? steps : [nativeEvent]) known.move(signOf(step), ground);
    },
    onPointerUp: (event: PointerEvent<HTMLElement>) => known.up(signOf(event), ground),
    onPointerCancel: (event: PointerEvent<HTMLElement>) => known.lost(signOf(event), ground),
    onPointerLeave: () => {
      if (known.state === "idle") editor?.leave();
    },
    onContextMenu: (event: { preventDefault: () => void }) => event.preventDefault(),
  };
}
