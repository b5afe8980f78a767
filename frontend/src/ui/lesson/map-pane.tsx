import { Text } from "@mantine/core";
import { useMemo, useRef, useSyncExternalStore } from "react";
import type { LeasedQuery } from "../../api/types";
import { inBox } from "../../domain/geometry";
import { outline } from "../../domain/outline";
import type { Region } from "../../domain/region";
import { LabelDocument } from "../../editor/document";
import { drawCloseUp } from "../../render/close-up";
import { drawHatch } from "../../render/hatch";
import { keyCaps } from "../../render/key-caps";
import { drawMarks } from "../../render/marks";
import { LINES_FROM, PartsLayer } from "../../render/parts";
import { Tint } from "../../render/tint";
import type { ImageShelf } from "../../state/image-shelf";
import { homeOf } from "../label/home";
import labelling from "../label/label.module.css";
import { PaneNote } from "../label/pane-note";
import { usePainter } from "../label/use-painter";
import { usePaneSize } from "../label/use-pane-size";
import classes from "./lesson.module.css";

interface Props {
  readonly query: LeasedQuery;
  readonly region: Region;
  readonly images: ImageShelf;
  /** Class ids, row-major; null: nothing is drawn on the region. */
  readonly pixels: Uint8Array | null;
  /** 1 where something is wrong: hatched. */
  readonly wrong?: Uint8Array | null;
  readonly colors: readonly string[];
  readonly capOf: (classId: number) => string;
  readonly title: string;
}

/** A region with its parts tinted, outlined and named by their keys: to be looked at, not drawn on. */
export function MapPane({ query, region, images, pixels, wrong = null, colors, capOf, title }: Props) {
  const { pane, width, height } = usePaneSize();
  const bottom = useRef<HTMLCanvasElement>(null);
  const middle = useRef<HTMLCanvasElement>(null);
  const stripes = useRef<HTMLCanvasElement>(null);
  const top = useRef<HTMLCanvasElement>(null);
  const image = useSyncExternalStore(images.subscribe, () => images.get(query.close_up_url));
  const { box, inside } = region;
  const size = { width, height };
  const viewport = homeOf(query, size);
  const isSmall = viewport.scale < LINES_FROM;
  const parts = useMemo(() => new PartsLayer(), []);
  const drawn = useMemo(() => {
    if (pixels === null) return null;
    const document = new LabelDocument(box.width, box.height, pixels, inside);
    return { document, tint: new Tint(document, { colors, hasBorders: isSmall }) };
  }, [pixels, box, inside, colors, isSmall]);
  const wrongLines = useMemo(
    () => (wrong === null ? [] : outline(box.width, box.height, wrong)),
    [wrong, box],
  );
  usePainter(() => {
    const [pixelsCanvas, partsCanvas, hatch] = [bottom.current, middle.current, stripes.current];
    const marks = top.current;
    if (pixelsCanvas === null || partsCanvas === null || hatch === null || marks === null) return;
    const crops = typeof image === "object" ? [{ bitmap: image, box: query.close_up_box }] : [];
    drawCloseUp(pixelsCanvas, { pane: size, viewport, crops, region });
    parts.draw(partsCanvas, drawn === null ? null : { pane: size, viewport, box, ...drawn });
    const inRegion = inBox(viewport, box);
    drawHatch(hatch, size, wrongLines, inRegion, box);
    const caps = drawn === null ? [] : keyCaps(drawn.document, capOf, inRegion.scale);
    drawMarks(marks, { pane: size, viewport: inRegion, preview: null, caps });
    Object.assign(pixelsCanvas.dataset, { shows: typeof image === "object" ? query.id : "" });
  });
  return (
    <div ref={pane} className={labelling["pane"]} role="img" aria-label={title}>
      <canvas ref={bottom} className={labelling["canvas"]} data-testid="map-pane" />
      <canvas ref={middle} className={labelling["canvas"]} />
      <canvas ref={stripes} className={labelling["canvas"]} />
      <canvas ref={top} className={labelling["canvas"]} />
      <Text size="xs" className={classes["paneTitle"]} aria-hidden>
        {title}
      </Text>
      <PaneNote image={image} />
    </div>
  );
}
