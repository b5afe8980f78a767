import { useEffect, useState } from "react";
import type { Region } from "../../domain/region";
import { decode } from "../../domain/rle";
import { SplitEditor } from "../../editor/split-editor";
import type { Desk } from "../../state/desk";
import type { Item } from "../../state/held";

export interface Split {
  /** null: the region is answered as a whole. */
  readonly editor: SplitEditor | null;
  /** The teacher's label map as it came. */
  readonly suggestedMap: string | null;
  readonly open: () => void;
  readonly close: () => void;
}

/** The split of one query: begun where it was left, or from the teacher's label map, or from its best class. */
export function useSplit(desk: Desk, item: Item, region: Region): Split {
  const given = item.query.suggestion.label_map;
  const suggestedMap = given?.encoding === "rle" ? given.data : null;
  const [editor, setEditor] = useState(() =>
    item.draft === null ? null : editorOf(item, region, item.draft),
  );
  const [isOpen, setOpen] = useState(item.draft !== null);
  useEffect(() => {
    if (editor === null) return undefined;
    let kept = editor.toRle();
    return editor.subscribe(() => {
      if (editor.isDrawing) return;
      const now = editor.toRle();
      if (now !== kept) desk.keepDraft(now);
      kept = now;
    });
  }, [desk, editor]);
  return {
    editor: isOpen ? editor : null,
    suggestedMap,
    open: () => {
      setEditor(editor ?? editorOf(item, region, suggestedMap));
      setOpen(true);
    },
    close: () => setOpen(false),
  };
}

function editorOf({ query }: Item, { box, inside }: Region, map: string | null): SplitEditor {
  const { width, height } = box;
  const [best = 0, second = best] = query.suggestion.classes.map((one) => one.class_id);
  const size = width * height;
  return new SplitEditor({
    width,
    height,
    pixels: map === null ? new Uint8Array(size).fill(best) : decode(map, size),
    inside,
    // The best class fills most of the region already; what is missing is mostly the other one.
    classId: second,
  });
}
