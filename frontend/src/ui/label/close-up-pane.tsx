import { useEffect, useMemo, useRef, type PointerEvent, type WheelEvent } from "react";
import { magnified, screenPoint, toImage } from "../../domain/geometry";
import type { Region } from "../../domain/region";
import { footprint } from "../../editor/brush";
import type { SplitEditor } from "../../editor/split-editor";
import { drawCloseUp, LINES_FROM } from "../../render/close-up";
import { Tint } from "../../render/tint";
import type { Item } from "../../state/held";
import type { Shelved } from "../../state/image-shelf";
import { PaneNote } from "./pane-note";
import classes from "./label.module.css";
import { usePainter } from "./use-painter";
import { usePaneSize } from "./use-pane-size";

const REGION_SIDE = 360; // CSS px of the region's long side, whatever the size of the image, where there is room

interface Props {
  item: Item;
  region: Region;
  image: Shelved;
  editor: SplitEditor | null;
  colors: readonly string[];
  peek: boolean;
}

/** The region at a constant size, pixel by pixel; the canvas to draw on while it is split. */
export function CloseUpPane({ item, region, image, editor, colors, peek }: Props) {
  const { pane, width, height } = usePaneSize();
  const canvas = useRef<HTMLCanvasElement>(null);
  const pointer = useRef<readonly [number, number] | null>(null);
  const { box } = region;
  // A whole image is drawn in; it may have all the room there is.
  const side = item.query.unit === "image" ? Math.max(width, height) : REGION_SIDE;
  const viewport = magnified(box, { width, height }, side);
  const bitmap = typeof image === "object" ? image : null;
  const hasBorders = viewport.scale < LINES_FROM;
  const tint = useMemo(
    () => (editor === null ? null : new Tint(editor.document, colors, hasBorders)),
    [editor, colors, hasBorders],
  );

  const paintSoon = usePainter(() => {
    if (canvas.current === null) return;
    const at = pointer.current;
    const brush = editor === null || at === null ? [] : footprint(at[0], at[1], editor.size);
    const parts =
      editor === null || tint === null || peek ? null : { document: editor.document, tint, brush };
    const view = {
      pane: { width, height },
      viewport,
      image: bitmap,
      imageBox: item.query.close_up_box,
      region,
      parts,
    };
    drawCloseUp(canvas.current, view);
    canvas.current.dataset["shows"] = bitmap === null ? "" : item.query.id;
  });
  useEffect(() => editor?.subscribe(paintSoon), [editor, paintSoon]);

  /** A pointer's position in pixels of the region's box. */
  const position = (event: { clientX: number; clientY: number }): readonly [number, number] => {
    const { left, top } = canvas.current?.getBoundingClientRect() ?? { left: 0, top: 0 };
    const [x, y] = toImage(viewport, screenPoint(event.clientX - left, event.clientY - top));
    return [x - box.x, y - box.y];
  };
  const begin = (event: PointerEvent<HTMLCanvasElement>) => {
    if (editor === null || event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    pointer.current = position(event);
    editor.begin(...pointer.current);
  };
  const move = (event: PointerEvent<HTMLCanvasElement>) => {
    if (editor === null) return;
    const { nativeEvent } = event;
    // Browsers give what came between two frames to pages of localhost and https only.
    const tellsAll = editor.isDrawing && "getCoalescedEvents" in nativeEvent;
    const between = tellsAll ? nativeEvent.getCoalescedEvents() : [];
    pointer.current = position(nativeEvent);
    for (const step of between) editor.extend(...position(step));
    if (editor.isDrawing) editor.extend(...pointer.current);
    else paintSoon();
  };
  const leave = () => {
    pointer.current = null;
    paintSoon();
  };
  const wheel = (event: WheelEvent) => {
    if (event.deltaY !== 0) editor?.resize(event.deltaY < 0 ? 1 : -1);
  };
  return (
    <div ref={pane} className={classes["pane"]}>
      <canvas
        ref={canvas}
        className={classes["canvas"]}
        data-testid="close-up"
        data-scale={viewport.scale}
        data-left={viewport.left + box.x * viewport.scale}
        data-top={viewport.top + box.y * viewport.scale}
        data-drawing={editor !== null}
        aria-label={editor === null ? "Close-up of the region" : "Close-up of the region, to be painted on"}
        role="img"
        onPointerDown={begin}
        onPointerMove={move}
        onPointerUp={() => editor?.end()}
        onPointerCancel={() => editor?.cancel()}
        onPointerLeave={leave}
        onWheel={wheel}
      />
      <PaneNote image={image} />
    </div>
  );
}
