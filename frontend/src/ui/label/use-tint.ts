import { useEffect, useMemo, useState } from "react";
import type { SplitEditor } from "../../editor/split-editor";
import { Tint } from "../../render/tint";
import { colorMap } from "../../workers/client";

/** More pixels than this take longer to colour than a frame may: then the worker does it. */
const AT_ONCE = 2 ** 16;

/** The colours of a split, null until there are some. */
export function useTint(
  editor: SplitEditor | null,
  colors: readonly string[],
  hasBorders: boolean,
): Tint | null {
  const [sent, setSent] = useState<{ readonly of: SplitEditor; readonly tint: Tint } | null>(null);
  const isLarge = editor !== null && editor.document.width * editor.document.height > AT_ONCE;
  const made = useMemo(
    () => (editor === null || isLarge ? null : new Tint(editor.document, { colors, hasBorders })),
    [editor, isLarge, colors, hasBorders],
  );
  useEffect(() => {
    if (editor === null || !isLarge) return undefined;
    let isOver = false;
    const style = { colors, hasBorders };
    const since = editor.document.follow();
    since(); // what changes from here on
    void colorMap(editor.document, style).then((rgba) => {
      if (!isOver) setSent({ of: editor, tint: new Tint(editor.document, style, { rgba, since }) });
    });
    return () => {
      isOver = true;
    };
  }, [editor, isLarge, colors, hasBorders]);
  return made ?? (sent?.of === editor ? sent.tint : null);
}
