import { useEffect, useMemo, useRef, useSyncExternalStore } from "react";
import { fitted, inBox, type Size, type Viewport } from "../../domain/geometry";
import type { Look } from "../../domain/look";
import type { Region } from "../../domain/region";
import type { SplitEditor } from "../../editor/split-editor";
import { drawCloseUp, type CloseUp, type Crop } from "../../render/close-up";
import { type KeyCap, keyCaps } from "../../render/key-caps";
import { drawMarks } from "../../render/marks";
import { LINES_FROM, PartsLayer } from "../../render/parts";
import type { Shelved } from "../../state/image-shelf";
import type { Saying } from "../../words/en";
import { useWords } from "../../words/use-words";
import { homeOf } from "./home";
import { PaneNote } from "./pane-note";
import classes from "./label.module.css";
import type { Asked } from "./seat";
import { usePainter } from "./use-painter";
import { usePaneSize } from "./use-pane-size";
import { usePointers } from "./use-pointers";
import { useTint } from "./use-tint";

interface Props {
  readonly item: Asked;
  readonly region: Region;
  readonly image: Shelved;
  /** The region's surroundings, which lie below: looking farther, one sees them. */
  readonly context: Shelved;
  readonly editor: SplitEditor | null;
  readonly colors: readonly string[];
  /** What is drawn on a part of a class beside its colour. */
  readonly capOf: (classId: number) => string;
  readonly look: Look;
  readonly holds: { readonly raw: boolean; readonly wide: boolean };
  readonly tell: (text: Saying) => void;
}

/** The region at a constant size, pixel by pixel; what one draws on while it is split. */
export function CloseUpPane({
  item,
  region,
  image,
  context,
  editor,
  colors,
  capOf,
  look,
  holds,
  tell,
}: Props) {
  const { pane, width, height } = usePaneSize();
  const [bottom, middle, top] = [
    useRef<HTMLCanvasElement>(null),
    useRef<HTMLCanvasElement>(null),
    useRef<HTMLCanvasElement>(null),
  ];
  const drawn = useRef<CloseUp | null>(null);
  const parts = useMemo(() => new PartsLayer(), []);
  const caps = useMemo(() => new Caps(), []);
  const { query } = item;
  const { box } = region;
  const size: Size = { width, height };
  const home = homeOf(query, size);
  const crops: Crop[] = [
    ...(typeof context === "object" ? [{ bitmap: context, box: query.context_box }] : []),
    ...(typeof image === "object" ? [{ bitmap: image, box: query.close_up_box }] : []),
  ];
  const isSmall = useSyncExternalStore(
    look.subscribe,
    () => (look.isMoved ? look.viewport : home).scale < LINES_FROM,
  );
  const tint = useTint(editor, colors, isSmall);

  const paintSoon = usePainter(() => {
    const canvas = bottom.current;
    if (canvas === null || middle.current === null || top.current === null) return;
    look.place(home, { width: query.image_width, height: query.image_height }, size);
    const viewport = holds.wide ? fitted(query.context_box, size) : look.viewport;
    const view = { pane: size, viewport, crops, region };
    if (!isSame(drawn.current, view)) drawCloseUp(canvas, view);
    drawn.current = view;
    const shows = editor !== null && !holds.raw && tint !== null;
    parts.draw(middle.current, shows ? { pane: size, viewport, box, document: editor.document, tint } : null);
    const inRegion = inBox(viewport, box);
    drawMarks(top.current, {
      pane: size,
      viewport: inRegion,
      preview: shows && !holds.wide ? editor.preview() : null,
      caps: shows ? caps.of(editor, inRegion.scale, capOf) : [],
    });
    Object.assign(canvas.dataset, {
      shows: typeof image === "object" ? query.id : "",
      scale: viewport.scale,
      left: inRegion.left,
      top: inRegion.top,
    });
  });
  useEffect(() => editor?.subscribe(paintSoon), [editor, paintSoon]);
  useEffect(() => look.subscribe(paintSoon), [look, paintSoon]);
  const { label } = useWords();
  const pointers = usePointers(top, {
    look,
    box,
    editor: holds.wide ? null : editor,
    pans: holds.raw,
    onNothing: () => tell((words) => words.label.nothingUnderPointer),
  });
  const layers = [
    { canvas: bottom, "data-testid": "close-up", "data-drawing": editor !== null },
    { canvas: middle, "data-testid": "close-up-parts" },
    { canvas: top, "data-testid": "close-up-marks", "data-drawing": editor !== null, ...pointers },
  ];
  return (
    <div
      ref={pane}
      className={classes["pane"]}
      role="img"
      aria-label={editor === null ? label.closeUp : label.closeUpToPaint}
    >
      {layers.map(({ canvas, ...rest }) => (
        <canvas key={rest["data-testid"]} ref={canvas} className={classes["canvas"]} {...rest} />
      ))}
      <PaneNote image={image} />
    </div>
  );
}

/** The keys on the parts, found anew only when the parts have changed and nobody is drawing. */
class Caps {
  #found: { readonly editor: SplitEditor; readonly scale: number; readonly caps: readonly KeyCap[] } | null =
    null;
  #changed: (() => unknown) | null = null;

  of(editor: SplitEditor, scale: number, capOf: (classId: number) => string): readonly KeyCap[] {
    const known = this.#found;
    if (known?.editor === editor && !editor.isSettled) return known.caps;
    if (known?.editor !== editor) this.#changed = editor.document.follow();
    const hasChanged = this.#changed?.() !== null;
    if (known?.editor === editor && known.scale === scale && !hasChanged) return known.caps;
    const caps = keyCaps(editor.document, capOf, scale);
    this.#found = { editor, scale, caps };
    return caps;
  }
}

function isSame(one: CloseUp | null, other: CloseUp): boolean {
  if (one === null) return false;
  const places = ({ pane, viewport }: { pane: Size; viewport: Viewport }) =>
    [pane.width, pane.height, viewport.scale, viewport.left, viewport.top].join(" ");
  return (
    places(one) === places(other) &&
    one.region === other.region &&
    one.crops.length === other.crops.length &&
    one.crops.every(({ bitmap }, nth) => bitmap === other.crops[nth]?.bitmap)
  );
}
