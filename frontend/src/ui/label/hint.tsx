import { Text } from "@mantine/core";
import type { LeasedQuery } from "../../api/types";
import { type LabelClass, readable } from "../../domain/classes";
import type { SplitEditor } from "../../editor/split-editor";
import type { Words } from "../../words/en";
import { useWords } from "../../words/use-words";
import classes from "./label.module.css";

interface Props {
  /** Something that has happened, which comes first. */
  readonly said: string | null;
  readonly unit: LeasedQuery["unit"];
  readonly editor: SplitEditor | null;
  readonly ofId: ReadonlyMap<number, LabelClass>;
}

/** One line about what is at hand. */
export function Hint({ said, unit, editor, ofId }: Props) {
  const { label } = useWords();
  return (
    <Text size="xs" className={classes["hint"]} role="status" data-testid="notice">
      {said ?? (editor === null ? label.asked[unit].hint : hintOf(editor, ofId, label))}
    </Text>
  );
}

function hintOf(editor: SplitEditor, ofId: ReadonlyMap<number, LabelClass>, label: Words["label"]): string {
  const nameOf = (classId: number) => readable(ofId.get(classId)?.name ?? label.void);
  const under = editor.classAt(editor.cursor);
  const here = under === null ? "" : label.hints.here(nameOf(under));
  return toolHint(editor, nameOf(editor.classId), label.hints) + here;
}

function toolHint(editor: SplitEditor, paint: string, hints: Words["label"]["hints"]): string {
  switch (editor.tool) {
    case "brush":
      return hints.brush(paint, editor.size);
    case "eraser":
      return hints.eraser(editor.size);
    case "polygon":
      return editor.isBusy ? hints.closing(paint) : hints.polygon(paint);
    case "fill":
      return hints.fill(paint);
    case "cut":
      return hints.cut(paint);
    case "parts":
    case "superpixels": {
      const { focus = 0, partition, isDone = false } = editor.parts ?? {};
      return isDone ? hints.allNamed : hints.part(focus, partition?.count ?? 0);
    }
  }
}
