import { useSyncExternalStore } from "react";
import type { SplitEditor } from "../../editor/split-editor";

/** Render again whenever the controls stand otherwise; what was painted is the close-up's own concern. */
export function useStanding(editor: SplitEditor | null): void {
  useSyncExternalStore(editor?.subscribe ?? nothing, () => (editor === null ? "" : standing(editor)));
}

function standing(editor: SplitEditor): string {
  const under = editor.isSettled ? editor.classAt(editor.cursor) : null;
  const { classId, size, canUndo, canRedo, path, parts } = editor;
  return [
    classId,
    size,
    canUndo,
    canRedo,
    path,
    parts?.focus,
    parts?.isDone,
    editor.has("superpixels"),
    under,
  ].join(" ");
}

function nothing(): () => void {
  return () => undefined;
}
