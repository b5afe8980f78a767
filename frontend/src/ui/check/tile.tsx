import { useLayoutEffect, useMemo, useRef, useSyncExternalStore } from "react";
import { magnified } from "../../domain/geometry";
import { regionOf } from "../../domain/region";
import { drawCloseUp } from "../../render/close-up";
import type { Item } from "../../state/held";
import type { ImageShelf } from "../../state/image-shelf";
import { useWords } from "../../words/use-words";
import classes from "./check.module.css";

const SIDE = 148; // CSS px
const REGION_SIDE = 92; // CSS px of the region's long side

interface Props {
  readonly item: Item;
  readonly images: ImageShelf;
  /** What assistive technology calls it. */
  readonly label: string;
  readonly isWrong: boolean;
  readonly isFocused: boolean;
  readonly onFocus: () => void;
  readonly onToggle: () => void;
}

/** One region of a contact sheet; pressed, it is marked as wrong. */
export function Tile({ item, images, label, isWrong, isFocused, onFocus, onToggle }: Props) {
  const words = useWords();
  const { query } = item;
  const canvas = useRef<HTMLCanvasElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const image = useSyncExternalStore(images.subscribe, () => images.get(query.close_up_url));
  const region = useMemo(() => regionOf(query.box, query.region?.data ?? null), [query]);
  useLayoutEffect(() => {
    if (canvas.current === null) return;
    const pane = { width: SIDE, height: SIDE };
    const crops = typeof image === "object" ? [{ bitmap: image, box: query.close_up_box }] : [];
    drawCloseUp(canvas.current, { pane, viewport: magnified(query.box, pane, REGION_SIDE), crops, region });
  });
  useLayoutEffect(() => {
    if (isFocused) button.current?.focus();
  }, [isFocused]);
  return (
    <button
      ref={button}
      type="button"
      className={classes["tile"]}
      data-testid="tile"
      data-query={query.id}
      data-shows={typeof image === "object"}
      aria-pressed={isWrong}
      aria-label={isWrong ? `${label}: ${words.grid.wrong}` : label}
      tabIndex={isFocused ? 0 : -1}
      onFocus={onFocus}
      onClick={onToggle}
    >
      <canvas ref={canvas} style={{ width: SIDE, height: SIDE }} />
      {isWrong && (
        <span className={classes["cross"]} aria-hidden>
          <svg viewBox="0 0 100 100">
            <path d="M8 8 92 92M92 8 8 92" />
          </svg>
          <span>{words.grid.wrong}</span>
        </span>
      )}
    </button>
  );
}
