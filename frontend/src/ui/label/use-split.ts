import { useEffect, useEffectEvent, useState } from "react";
import { IGNORE_INDEX } from "../../domain/classes";
import { partsOf } from "../../domain/partition";
import type { Region } from "../../domain/region";
import { decode } from "../../domain/rle";
import { SplitEditor } from "../../editor/split-editor";
import type { ToolName } from "../../editor/tool";
import type { Saying } from "../../words/en";
import { findSuperpixels } from "../../workers/client";
import type { Asked } from "./seat";

export interface Split {
  /** null: the region is answered as a whole. */
  readonly editor: SplitEditor | null;
  /** The teacher's label map as it came. */
  readonly suggestedMap: string | null;
  /** Begin, or go on, with this tool. */
  readonly open: (tool: ToolName) => void;
  readonly close: () => void;
}

/** The split of one query: begun where it was left, or from what was said, the teacher's label map, or its best class. */
export function useSplit(
  item: Asked,
  region: Region,
  keepDraft: (draft: string) => void,
  tell: (text: Saying | null) => void,
): Split {
  const { query } = item;
  const given = query.suggestion.label_map;
  const suggestedMap = given?.encoding === "rle" ? given.data : null;
  const [editor, setEditor] = useState(() =>
    item.draft === null ? null : editorOf(item, region, suggestedMap, item.draft),
  );
  const [isOpen, setOpen] = useState(item.draft !== null);
  useDraft(editor, keepDraft);
  return {
    editor: isOpen ? editor : null,
    suggestedMap,
    open: (tool) => {
      const isSaid = typeof item.classId === "number";
      const at = editor ?? editorOf(item, region, suggestedMap, isSaid ? null : suggestedMap);
      if (tool === "superpixels" && !at.has(tool)) void offerSuperpixels(at, item, region, tell);
      else at.choose(tool);
      setEditor(at);
      setOpen(true);
    },
    close: () => setOpen(false),
  };
}

/** Keeps the map whenever something has ended, and, as far as it has come, when the page goes away in the middle. */
function useDraft(editor: SplitEditor | null, keepDraft: (draft: string) => void): void {
  const changed = useEffectEvent(keepDraft);
  useEffect(() => {
    if (editor === null) return undefined;
    let kept = editor.toRle();
    const keep = () => {
      const now = editor.toRle();
      if (now !== kept) changed(now);
      kept = now;
    };
    const stop = editor.subscribe(() => {
      if (editor.isSettled) keep();
    });
    globalThis.addEventListener("pagehide", keep);
    return () => {
      stop();
      globalThis.removeEventListener("pagehide", keep);
    };
  }, [editor]);
}

async function offerSuperpixels(
  editor: SplitEditor,
  { query }: Asked,
  { box, inside }: Region,
  tell: (text: Saying | null) => void,
): Promise<void> {
  tell(({ label }) => label.superpixelsComing);
  const { x, y } = query.close_up_box;
  try {
    const there = { ...box, x: box.x - x, y: box.y - y };
    editor.offer(await findSuperpixels(query.close_up_url, there, inside));
    editor.choose("superpixels");
    tell(null);
  } catch {
    tell(({ label }) => label.superpixelsAway);
  }
}

function editorOf(
  { query, classId }: Asked,
  region: Region,
  suggested: string | null,
  map: string | null,
): SplitEditor {
  const { width, height } = region.box;
  const size = width * height;
  // Where nothing is suggested nothing is said either, until somebody paints.
  const guesses = query.suggestion.classes.map((one) => one.class_id);
  const most = classId ?? guesses[0] ?? IGNORE_INDEX;
  return new SplitEditor({
    width,
    height,
    pixels: map === null ? new Uint8Array(size).fill(most) : decode(map, size),
    inside: region.inside,
    // One class fills most of the region already; what is missing is mostly the next best.
    classId: guesses.find((one) => one !== most) ?? 0,
    parts: () => {
      const seen = suggested === null ? new Uint8Array(size) : decode(suggested, size);
      return partsOf(width, height, seen, region.inside);
    },
  });
}
