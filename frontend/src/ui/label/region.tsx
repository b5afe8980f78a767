import { VisuallyHidden } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useCallback, useMemo, useState, useSyncExternalStore } from "react";
import { useParams } from "react-router";
import type { LabelClassView } from "../../api/types";
import { IGNORE_INDEX, inKeyboardOrder, readable } from "../../domain/classes";
import { keyCap } from "../../domain/keys";
import { Look } from "../../domain/look";
import { regionOf } from "../../domain/region";
import type { Saying } from "../../words/en";
import { useWords } from "../../words/use-words";
import { usePreferences } from "../use-preferences";
import { GuidelinesModal } from "../guidelines/guidelines-modal";
import { ActionRow } from "./action-row";
import type { Hold, Work } from "./actions/action";
import { actionsOf } from "./actions/table";
import { ClassChips } from "./class-chips";
import { CloseUpPane } from "./close-up-pane";
import { ContextPane } from "./context-pane";
import { Help } from "./help";
import { Hint } from "./hint";
import classes from "./label.module.css";
import type { Asked, Lesson, Seat } from "./seat";
import { ToolRow } from "./tool-row";
import { useKeys } from "./use-keys";
import { useSplit } from "./use-split";
import { useStanding } from "./use-standing";
import { WhyCard } from "./why-card";

interface Props {
  readonly seat: Seat;
  readonly item: Asked;
  readonly labelClasses: readonly LabelClassView[];
  readonly notice: Saying | null;
  /** null at a desk. */
  readonly lesson?: Lesson | null;
}

/** One decision on the screen: a region, what it may be, and the keys to say so. */
export function Region({ seat, item, labelClasses, notice, lesson = null }: Props) {
  const words = useWords();
  const { label } = words;
  const { slug = "" } = useParams();
  const { query } = item;
  const ordered = useMemo(() => inKeyboardOrder(labelClasses), [labelClasses]);
  const { preferences } = usePreferences();
  const adapted = lesson?.actions;
  const actions = useMemo(() => {
    const all = actionsOf(ordered, preferences.keys);
    return adapted?.(all) ?? all;
  }, [ordered, adapted, preferences.keys]);
  const ofId = useMemo(() => new Map(labelClasses.map((one) => [one.class_id, one])), [labelClasses]);
  const colors = useMemo(() => labelClasses.map((one) => one.color), [labelClasses]);
  const [helpIsOpen, help] = useDisclosure(false);
  const [guidelinesAreOpen, guidelines] = useDisclosure(false);
  const [holds, setHolds] = useState({ raw: false, wide: false });
  const [told, setTold] = useState<Saying | null>(null);
  const look = useMemo(() => new Look(), []);
  const region = useMemo(() => regionOf(query.box, query.region?.data ?? null), [query]);
  // A function given to a state setter is called: what is told is one.
  const tell = useCallback((saying: Saying | null) => setTold(() => saying), []);
  const split = useSplit(item, region, (draft) => seat.keepDraft(draft), tell);
  useStanding(split.editor);
  const closeUp = useSyncExternalStore(seat.images.subscribe, () => seat.images.get(query.close_up_url));
  const context = useSyncExternalStore(seat.images.subscribe, () => seat.images.get(query.context_url));
  const guesses = query.suggestion.classes;
  // Around a whole image there is nothing to show: the close-up gets the room.
  const isWhole = query.box.width === query.image_width && query.box.height === query.image_height;
  const work: Work = {
    guesses: guesses.map(({ class_id }) => class_id),
    suggestedMap: split.suggestedMap,
    editor: split.editor,
    numPixels: region.numPixels,
    look,
    answer: (said) => {
      // Nobody can say what they have not seen; that an image should not have been asked about, they can.
      if (typeof closeUp === "object" || said.kind === "bad_query") seat.answer(said);
    },
    skip: () => seat.skip(),
    back: () => seat.back(),
    split: (tool) => {
      tell(null);
      split.open(tool);
    },
    unsplit: split.close,
    hold: (what: Hold, isOn) => setHolds((old) => (old[what] === isOn ? old : { ...old, [what]: isOn })),
    toggleHelp: help.toggle,
    toggleGuidelines: guidelines.toggle,
    tell,
  };
  const own = helpIsOpen ? "help" : guidelinesAreOpen ? "guidelines" : null;
  useKeys(actions, work, { only: own, hasSingleKeys: preferences.single_keys });
  const capOf = useCallback(
    (classId: number) => {
      if (classId === IGNORE_INDEX) return "–";
      const key = actions.find((action) => action.classId === classId)?.keys[0];
      return key === undefined ? readable(ofId.get(classId)?.name ?? "?") : keyCap(key, words.help.caps);
    },
    [actions, ofId, words],
  );
  const isUntouched = split.editor === null || (!split.editor.isChanged && !split.editor.isBusy);
  const hint = isUntouched ? (lesson?.hint ?? null) : null;
  const [best] = guesses;
  const suggestion =
    best === undefined
      ? label.noSuggestion
      : label.suggestion(readable(ofId.get(best.class_id)?.name ?? ""), best.probability);
  return (
    <main className={classes["region"]} data-testid="region" data-query={query.id}>
      <VisuallyHidden aria-live="polite">
        {label.asked[query.unit].opening} {query.image_name}. {suggestion}{" "}
        {split.editor === null ? "" : label.splitting}
      </VisuallyHidden>
      <div className={classes["panes"]} data-whole={isWhole || undefined}>
        <CloseUpPane
          item={item}
          region={region}
          image={closeUp}
          context={context}
          editor={split.editor}
          colors={colors}
          capOf={capOf}
          look={look}
          holds={holds}
          tell={tell}
        />
        {!isWhole && (
          <ContextPane item={item} region={region} image={context} closeUp={look} pans={holds.raw} />
        )}
        {lesson?.aside ?? <WhyCard query={query} numPixels={region.numPixels} ofId={ofId} slug={slug} />}
      </div>
      <div className={classes["below"]}>
        <div className={classes["above"]}>
          <Hint
            said={(notice ?? told)?.(words) ?? hint}
            unit={query.unit}
            editor={split.editor}
            ofId={ofId}
          />
          {split.editor !== null && <ToolRow actions={actions} work={work} />}
        </div>
        <ClassChips
          work={work}
          actions={actions}
          ordered={ordered}
          said={lesson?.said ?? null}
          probabilities={new Map(guesses.map((one) => [one.class_id, one.probability]))}
        />
        <ActionRow actions={actions} work={work} />
      </div>
      <GuidelinesModal slug={slug} classes={ordered} opened={guidelinesAreOpen} onClose={guidelines.close} />
      <Help actions={actions} ofId={ofId} opened={helpIsOpen} onClose={help.close} />
    </main>
  );
}
