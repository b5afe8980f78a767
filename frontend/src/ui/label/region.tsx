import { Text, VisuallyHidden } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMemo, useState, useSyncExternalStore } from "react";
import type { LeasedQuery } from "../../api/types";
import { inKeyboardOrder, type LabelClass, readable } from "../../domain/classes";
import { regionOf } from "../../domain/region";
import { percent } from "../../domain/words";
import type { SplitEditor } from "../../editor/split-editor";
import type { Desk } from "../../state/desk";
import type { Item } from "../../state/held";
import { ActionRow } from "./action-row";
import { actionsOf, type Work } from "./actions";
import { ClassChips } from "./class-chips";
import { CloseUpPane } from "./close-up-pane";
import { ContextPane } from "./context-pane";
import { Help } from "./help";
import classes from "./label.module.css";
import { useKeys } from "./use-keys";
import { useSplit } from "./use-split";
import { WhyCard } from "./why-card";

interface Props {
  desk: Desk;
  item: Item;
  labelClasses: readonly LabelClass[];
  notice: string | null;
}

/** One decision on the screen: a region, what it may be, and the keys to say so. */
export function Region({ desk, item, labelClasses, notice }: Props) {
  const { query } = item;
  const ordered = useMemo(() => inKeyboardOrder(labelClasses), [labelClasses]);
  const actions = useMemo(() => actionsOf(ordered), [ordered]);
  const ofId = useMemo(() => new Map(labelClasses.map((one) => [one.class_id, one])), [labelClasses]);
  const colors = useMemo(() => labelClasses.map((one) => one.color), [labelClasses]);
  const [helpIsOpen, help] = useDisclosure(false);
  const [peek, setPeek] = useState(false);
  const [told, setTold] = useState<string | null>(null);
  const region = useMemo(() => regionOf(query.box, query.region?.data ?? null), [query]);
  const split = useSplit(desk, item, region);
  useStanding(split.editor);
  const closeUp = useSyncExternalStore(desk.images.subscribe, () => desk.images.get(query.close_up_url));
  const context = useSyncExternalStore(desk.images.subscribe, () => desk.images.get(query.context_url));
  const [best] = query.suggestion.classes;
  // Around a whole image there is nothing to show: the close-up gets the room.
  const isWhole = query.box.width === query.image_width && query.box.height === query.image_height;
  const work: Work = {
    bestClass: best?.class_id ?? null,
    suggestedMap: split.suggestedMap,
    editor: split.editor,
    numPixels: region.numPixels,
    answer: (said) => {
      // Nobody can say what they have not seen; that an image should not have been asked about, they can.
      if (typeof closeUp === "object" || said.kind === "bad_query") desk.answer(said);
    },
    skip: () => desk.skip(),
    back: () => desk.back(),
    split: split.open,
    unsplit: split.close,
    peek: setPeek,
    toggleHelp: help.toggle,
    tell: setTold,
  };
  useKeys(actions, work, helpIsOpen);
  const suggestion =
    best === undefined
      ? "No suggestion."
      : `Suggestion: ${readable(ofId.get(best.class_id)?.name ?? "")}, ${percent(best.probability, 0)}.`;
  return (
    <main className={classes["region"]} data-testid="region" data-query={query.id}>
      <VisuallyHidden aria-live="polite">
        {ASKED[query.unit][0]} {query.image_name}. {suggestion} {split.editor === null ? "" : "Splitting."}
      </VisuallyHidden>
      <div className={classes["panes"]} data-whole={isWhole || undefined}>
        <CloseUpPane
          item={item}
          region={region}
          image={closeUp}
          editor={split.editor}
          colors={colors}
          peek={peek}
        />
        {!isWhole && <ContextPane item={item} region={region} image={context} />}
        <WhyCard query={query} numPixels={region.numPixels} ofId={ofId} />
      </div>
      <div className={classes["below"]}>
        <Text size="xs" className={classes["hint"]} role="status" data-testid="notice">
          {notice ?? told ?? hintOf(query, split.editor, ofId)}
        </Text>
        <ClassChips
          work={work}
          actions={actions}
          ordered={ordered}
          probabilities={new Map(query.suggestion.classes.map((one) => [one.class_id, one.probability]))}
        />
        <ActionRow actions={actions} work={work} />
      </div>
      <Help actions={actions} ofId={ofId} opened={helpIsOpen} onClose={help.close} />
    </main>
  );
}

/** By unit: how a screen reader begins, and what one key does. */
const ASKED: Readonly<Record<LeasedQuery["unit"], readonly [opening: string, hint: string]>> = {
  window: ["Region in", "One key names the whole region"],
  superpixel: ["Superpixel in", "One key names the whole region"],
  pixel: ["Pixel in", "One key names the pixel"],
  image: ["The whole image", "One key names the whole image; B splits it with a brush"],
};

function hintOf(
  { unit }: LeasedQuery,
  editor: SplitEditor | null,
  ofId: ReadonlyMap<number, LabelClass>,
): string {
  if (editor === null) return ASKED[unit][1];
  const name = readable(ofId.get(editor.classId)?.name ?? "void");
  return `Painting ${name}, brush of ${editor.size} px`;
}

/** Render again whenever the controls stand otherwise; what was painted is the close-up's own concern. */
function useStanding(editor: SplitEditor | null): void {
  useSyncExternalStore(editor?.subscribe ?? nothing, () =>
    editor === null ? "" : [editor.classId, editor.size, editor.canUndo, editor.canRedo].join(" "),
  );
}

function nothing(): () => void {
  return () => undefined;
}
