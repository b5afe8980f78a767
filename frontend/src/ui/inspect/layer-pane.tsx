import { useLayoutEffect, useRef, type PointerEvent } from "react";
import type { InspectedImage } from "../../api/types";
import {
  centred,
  contains,
  imagePoint,
  roomyScale,
  screenPoint,
  toImage,
  type ImagePoint,
} from "../../domain/geometry";
import { drawLayer } from "../../render/verdicts";
import { usePaneSize } from "../label/use-pane-size";
import classes from "./inspect.module.css";
import type { Look } from "./panes";

interface Props {
  title: string;
  image: InspectedImage;
  picture: CanvasImageSource | null;
  isPhoto?: boolean;
  look: Look;
  onLook: (look: Look) => void;
  marked: ImagePoint | null;
  onMark: (at: ImagePoint | null) => void;
}

/** One picture of an image; pointing and dragging in it hold for its sisters, too. */
export function LayerPane(props: Props) {
  const { title, image, picture, isPhoto = false, look, onLook, marked, onMark } = props;
  const { pane, width, height } = usePaneSize();
  const canvas = useRef<HTMLCanvasElement>(null);
  const dragged = useRef<readonly [x: number, y: number] | null>(null);
  const scale = look.scale ?? roomyScale(image, { width, height });
  const viewport = centred(image, { width, height }, Math.max(scale, Number.EPSILON), look.middle);
  useLayoutEffect(() => {
    if (canvas.current === null) return;
    drawLayer(canvas.current, {
      pane: { width, height },
      viewport,
      size: image,
      picture,
      isPhoto,
      marked: marked === null ? null : { x: marked[0], y: marked[1], width: 1, height: 1 },
    });
    canvas.current.dataset["shows"] = picture === null ? "" : image.image_id;
  });
  const begin = (event: PointerEvent<HTMLCanvasElement>) => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    dragged.current = [event.clientX, event.clientY];
  };
  const move = (event: PointerEvent<HTMLCanvasElement>) => {
    const from = dragged.current;
    if (from !== null) {
      dragged.current = [event.clientX, event.clientY];
      const by = [event.clientX - from[0], event.clientY - from[1]] as const;
      const middle = toImage(viewport, screenPoint(width / 2 - by[0], height / 2 - by[1]));
      onLook({ ...look, middle });
    }
    const { left, top } = event.currentTarget.getBoundingClientRect();
    const [x, y] = toImage(viewport, screenPoint(event.clientX - left, event.clientY - top));
    const at = imagePoint(Math.floor(x), Math.floor(y));
    onMark(contains({ x: 0, y: 0, width: image.width, height: image.height }, at) ? at : null);
  };
  const end = () => {
    dragged.current = null;
  };
  return (
    <figure className={classes["layer"]}>
      <div ref={pane} className={classes["pane"]} style={{ aspectRatio: `${image.width} / ${image.height}` }}>
        <canvas
          ref={canvas}
          role="img"
          aria-label={title}
          data-scale={viewport.scale}
          data-left={viewport.left}
          data-top={viewport.top}
          onPointerDown={begin}
          onPointerMove={move}
          onPointerUp={end}
          onPointerCancel={end}
          onPointerLeave={() => onMark(null)}
        />
      </div>
      <figcaption>{title}</figcaption>
    </figure>
  );
}
