import { useEffect, useMemo, useRef } from "react";
import { fitted, type Box } from "../../domain/geometry";
import { Look } from "../../domain/look";
import type { Region } from "../../domain/region";
import { drawContext } from "../../render/context";
import type { Shelved } from "../../state/image-shelf";
import { useWords } from "../../words/use-words";
import { PaneNote } from "./pane-note";
import classes from "./label.module.css";
import type { Asked } from "./seat";
import { usePainter } from "./use-painter";
import { usePaneSize } from "./use-pane-size";
import { usePointers } from "./use-pointers";

interface Props {
  readonly item: Asked;
  readonly region: Region;
  readonly image: Shelved;
  /** Where one looks in the close-up: framed here once that is not the region any more. */
  readonly closeUp: Look;
  readonly pans: boolean;
}

/** Where the region lies. */
export function ContextPane({ item, region, image, closeUp, pans }: Props) {
  const { pane, width, height } = usePaneSize();
  const canvas = useRef<HTMLCanvasElement>(null);
  const look = useMemo(() => new Look(), []);
  const { query } = item;
  const paintSoon = usePainter(() => {
    if (canvas.current === null) return;
    const size = { width, height };
    look.place(
      fitted(query.context_box, size),
      { width: query.image_width, height: query.image_height },
      size,
    );
    drawContext(canvas.current, {
      pane: size,
      viewport: look.viewport,
      image: typeof image === "object" ? image : null,
      imageBox: query.context_box,
      region,
      frame: closeUp.isMoved ? frameOf(closeUp) : null,
    });
  });
  useEffect(() => look.subscribe(paintSoon), [look, paintSoon]);
  useEffect(() => closeUp.subscribe(paintSoon), [closeUp, paintSoon]);
  const { label } = useWords();
  const pointers = usePointers(canvas, { look, box: region.box, editor: null, pans });
  return (
    <div ref={pane} className={classes["pane"]} role="img" aria-label={label.surroundings}>
      <canvas ref={canvas} className={classes["canvas"]} {...pointers} />
      <PaneNote image={image} />
    </div>
  );
}

/** What a pane shows of the image, in pixels of it. */
function frameOf({ viewport: { scale, left, top }, pane }: Look): Box {
  return { x: -left / scale, y: -top / scale, width: pane.width / scale, height: pane.height / scale };
}
