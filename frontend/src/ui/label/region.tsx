import { Text, VisuallyHidden } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMemo, useState, useSyncExternalStore } from "react";
import { inKeyboardOrder, type LabelClass, readable } from "../../domain/classes";
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
  const split = useSplit(desk, item);
  useVersion(split.editor);
  const closeUp = useSyncExternalStore(desk.images.subscribe, () => desk.images.get(query.close_up_url));
  const context = useSyncExternalStore(desk.images.subscribe, () => desk.images.get(query.context_url));
  const [best] = query.suggestion.classes;
  const work: Work = {
    bestClass: best?.class_id ?? null,
    suggestedMap: split.suggestedMap,
    editor: split.editor,
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
  };
  useKeys(actions, work, helpIsOpen);
  const suggestion =
    best === undefined
      ? "No suggestion."
      : `Suggestion: ${readable(ofId.get(best.class_id)?.name ?? "")}, ${percent(best.probability, 0)}.`;
  return (
    <main className={classes["region"]} data-testid="region" data-query={query.id}>
      <VisuallyHidden aria-live="polite">
        Region in {query.image_name}. {suggestion} {split.editor === null ? "" : "Splitting."}
      </VisuallyHidden>
      <div className={classes["panes"]}>
        <CloseUpPane item={item} image={closeUp} editor={split.editor} colors={colors} peek={peek} />
        <ContextPane item={item} image={context} />
        <WhyCard query={query} ofId={ofId} />
      </div>
      <div className={classes["below"]}>
        <Text size="xs" className={classes["hint"]} role="status" data-testid="notice">
          {notice ?? hintOf(split.editor, ofId)}
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

function hintOf(editor: SplitEditor | null, ofId: ReadonlyMap<number, LabelClass>): string {
  if (editor === null) return "One key names the whole region";
  const name = readable(ofId.get(editor.classId)?.name ?? "void");
  return `Painting ${name}, brush of ${editor.size} px`;
}

/** Draw again whenever the editor changes. */
function useVersion(editor: SplitEditor | null): void {
  useSyncExternalStore(editor?.subscribe ?? nothing, () => editor?.version ?? 0);
}

function nothing(): () => void {
  return () => undefined;
}
