import { useLayoutEffect, useRef } from "react";
import type { Region } from "../../domain/region";
import { drawContext } from "../../render/context";
import type { Item } from "../../state/held";
import type { Shelved } from "../../state/image-shelf";
import { PaneNote } from "./pane-note";
import classes from "./label.module.css";
import { usePaneSize } from "./use-pane-size";

/** Where the region lies. */
export function ContextPane({ item, region, image }: { item: Item; region: Region; image: Shelved }) {
  const { pane, width, height } = usePaneSize();
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    if (canvas.current === null) return;
    const bitmap = typeof image === "object" ? image : null;
    drawContext(canvas.current, {
      pane: { width, height },
      image: bitmap,
      imageBox: item.query.context_box,
      region,
    });
  });
  return (
    <div ref={pane} className={classes["pane"]}>
      <canvas ref={canvas} className={classes["canvas"]} role="img" aria-label="The region's surroundings" />
      <PaneNote image={image} />
    </div>
  );
}
