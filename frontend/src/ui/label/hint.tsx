import { Text } from "@mantine/core";
import type { LeasedQuery } from "../../api/types";
import { type LabelClass, readable } from "../../domain/classes";
import type { SplitEditor } from "../../editor/split-editor";
import classes from "./label.module.css";

/** By unit: how a screen reader begins, and what one key does. */
export const ASKED: Readonly<Record<LeasedQuery["unit"], readonly [opening: string, hint: string]>> = {
  window: ["Region in", "One key names the whole region"],
  superpixel: ["Superpixel in", "One key names the whole region"],
  pixel: ["Pixel in", "One key names the pixel"],
  image: ["The whole image", "One key names the whole image; B splits it with a brush"],
};

interface Props {
  /** Something that has happened, which comes first. */
  readonly said: string | null;
  readonly unit: LeasedQuery["unit"];
  readonly editor: SplitEditor | null;
  readonly ofId: ReadonlyMap<number, LabelClass>;
}

/** One line about what is at hand. */
export function Hint({ said, unit, editor, ofId }: Props) {
  return (
    <Text size="xs" className={classes["hint"]} role="status" data-testid="notice">
      {said ?? (editor === null ? ASKED[unit][1] : hintOf(editor, ofId))}
    </Text>
  );
}

function hintOf(editor: SplitEditor, ofId: ReadonlyMap<number, LabelClass>): string {
  const nameOf = (classId: number) => readable(ofId.get(classId)?.name ?? "void");
  const paint = nameOf(editor.classId);
  const under = editor.classAt(editor.cursor);
  const here = under === null ? "" : ` · here: ${nameOf(under)}`;
  switch (editor.tool) {
    case "brush":
      return `Painting ${paint}, brush of ${editor.size} px${here}`;
    case "eraser":
      return `Eraser of ${editor.size} px: brings back what was there${here}`;
    case "polygon":
      return editor.isBusy
        ? `Enter, or a click on the first corner, fills the polygon with ${paint}`
        : `Click the corners of what is ${paint}, or draw around it${here}`;
    case "fill":
      return `A click makes ${paint} of all that is connected${here}`;
    case "cut":
      return `Drag along the border; the side with the teeth becomes ${paint}${here}`;
    case "parts":
    case "superpixels": {
      const { focus = 0, partition, isDone = false } = editor.parts ?? {};
      return isDone
        ? `Every part has a name: Enter answers${here}`
        : `Part ${focus} of ${partition?.count ?? 0}: which class is it?${here}`;
    }
  }
}
