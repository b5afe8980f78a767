import { useCallback, useMemo } from "react";
import { IGNORE_INDEX, readable, type LabelClass } from "../../domain/classes";
import { keyCap } from "../../domain/keys";
import { useWords } from "../../words/use-words";

export interface Names {
  /** What is drawn on a part of a class: its key, as on the chips. */
  readonly capOf: (classId: number) => string;
  readonly nameOf: (classId: number) => string;
  /** null: void has none. */
  readonly colorOf: (classId: number) => string | null;
  /** By class id. */
  readonly colors: readonly string[];
}

/** The classes of a project as they are called and drawn. */
export function useNames(labelClasses: readonly LabelClass[]): Names {
  const { help, label } = useWords();
  const ofId = useMemo(() => new Map(labelClasses.map((one) => [one.class_id, one])), [labelClasses]);
  const colors = useMemo(() => labelClasses.map((one) => one.color), [labelClasses]);
  const nameOf = useCallback(
    (classId: number) => (classId === IGNORE_INDEX ? label.void : readable(ofId.get(classId)?.name ?? "?")),
    [ofId, label],
  );
  const capOf = useCallback(
    (classId: number) => {
      if (classId === IGNORE_INDEX) return "–";
      const hotkey = ofId.get(classId)?.hotkey ?? null;
      return hotkey === null ? nameOf(classId) : keyCap(hotkey, help.caps);
    },
    [ofId, nameOf, help],
  );
  const colorOf = useCallback((classId: number) => ofId.get(classId)?.color ?? null, [ofId]);
  return useMemo(() => ({ capOf, nameOf, colorOf, colors }), [capOf, nameOf, colorOf, colors]);
}
