/** The one table of what can be done on the labelling page. Buttons, keys, help and tests read it. */

import { IGNORE_INDEX, type LabelClass, readable } from "../../domain/classes";
import type { SplitEditor } from "../../editor/split-editor";
import type { Said } from "../../state/desk";

/** What an action works on. */
export interface Work {
  readonly bestClass: number | null;
  /** The teacher's label map as it came, if it came. */
  readonly suggestedMap: string | null;
  /** null: the region is answered as a whole. */
  readonly editor: SplitEditor | null;
  /** How many pixels the region has. */
  readonly numPixels: number;
  answer(said: Said): void;
  skip(): void;
  back(): void;
  split(): void;
  unsplit(): void;
  peek(on: boolean): void;
  toggleHelp(): void;
  /** Say something to the person, in words. */
  tell(text: string): void;
}

export interface Action {
  readonly name: string;
  readonly title: string;
  /** As `keyName` names them; the first is drawn on buttons. */
  readonly keys: readonly string[];
  readonly group: "Answer" | "Go" | "Split";
  /** For a class's action: which. */
  readonly classId?: number;
  /** Whether holding the key does it again and again. */
  readonly repeats?: boolean;
  when(work: Work): boolean;
  /** Why it cannot be done, where that is not plain to see. */
  whyNot?(work: Work): string | null;
  run(work: Work): void;
  /** What letting the key go does. */
  release?(work: Work): void;
}

const whole = (work: Work) => work.editor === null;
const splitting = (work: Work) => work.editor !== null;
const plain = { accepted_suggestion: false };

const OWN: readonly Action[] = [
  {
    name: "accept",
    title: "Accept the suggestion",
    keys: ["enter"],
    group: "Answer",
    when: (work) => whole(work) && work.bestClass !== null,
    run: (work) => {
      if (work.bestClass === null) return;
      work.answer({ kind: "label_map", class_id: work.bestClass, accepted_suggestion: true });
    },
  },
  {
    name: "split",
    title: "Split the region with a brush",
    keys: ["b"],
    group: "Answer",
    when: (work) => whole(work) && work.numPixels > 1,
    whyNot: (work) =>
      whole(work) && work.numPixels === 1 ? "This region is a single pixel: there is nothing to split" : null,
    run: (work) => work.split(),
  },
  {
    name: "void",
    title: "Void: nothing here to learn",
    keys: ["v"],
    group: "Answer",
    when: whole,
    run: (work) => work.answer({ kind: "void", ...plain }),
  },
  {
    name: "unsure",
    title: "Unsure: ask somebody else",
    keys: ["u"],
    group: "Answer",
    when: whole,
    run: (work) => work.answer({ kind: "unsure", ...plain }),
  },
  {
    name: "bad-query",
    title: "Bad query: should not have been asked",
    keys: ["x"],
    group: "Answer",
    when: whole,
    run: (work) => work.answer({ kind: "bad_query", ...plain }),
  },
  {
    name: "skip",
    title: "Skip: leave it for later",
    keys: ["space"],
    group: "Go",
    when: whole,
    run: (work) => work.skip(),
  },
  {
    name: "back",
    title: "Take the last answer back",
    keys: ["backspace"],
    group: "Go",
    when: whole,
    run: (work) => work.back(),
  },
  {
    name: "submit-split",
    title: "Answer with this split",
    keys: ["enter"],
    group: "Split",
    when: splitting,
    run: (work) => {
      const data = work.editor?.toRle();
      if (data === undefined) return;
      work.answer({
        kind: "label_map",
        label_map: { encoding: "rle", data },
        accepted_suggestion: data === work.suggestedMap,
      });
    },
  },
  {
    name: "paint-void",
    title: "Paint void",
    keys: ["v"],
    group: "Split",
    when: splitting,
    run: (work) => work.editor?.pick(IGNORE_INDEX),
  },
  {
    name: "thinner",
    title: "Thinner brush",
    keys: ["["],
    group: "Split",
    repeats: true,
    when: splitting,
    run: (work) => work.editor?.resize(-1),
  },
  {
    name: "thicker",
    title: "Thicker brush",
    keys: ["]"],
    group: "Split",
    repeats: true,
    when: splitting,
    run: (work) => work.editor?.resize(1),
  },
  {
    name: "undo",
    title: "Undo a stroke",
    keys: ["mod+z"],
    group: "Split",
    repeats: true,
    when: (work) => work.editor?.canUndo === true,
    run: (work) => work.editor?.undo(),
  },
  {
    name: "redo",
    title: "Redo a stroke",
    keys: ["mod+shift+z", "mod+y"],
    group: "Split",
    repeats: true,
    when: (work) => work.editor?.canRedo === true,
    run: (work) => work.editor?.redo(),
  },
  {
    name: "peek",
    title: "Hold: the pixels without colours",
    keys: ["space"],
    group: "Split",
    when: splitting,
    run: (work) => work.peek(true),
    release: (work) => work.peek(false),
  },
  {
    name: "leave-split",
    title: "Leave the split; it is kept",
    keys: ["escape"],
    group: "Split",
    when: splitting,
    run: (work) => (work.editor?.isDrawing === true ? work.editor.cancel() : work.unsplit()),
  },
  {
    name: "help",
    title: "These keys",
    keys: ["?"],
    group: "Go",
    when: () => true,
    run: (work) => work.toggleHelp(),
  },
];

/** All actions of a project; the page's own keys come first, as the server's schema keeps them free. */
export function actionsOf(classes: readonly LabelClass[]): readonly Action[] {
  const ofClasses = classes.map(({ class_id, name, hotkey }): Action => ({
    name: `class-${class_id}`,
    title: readable(name),
    keys: hotkey === null ? [] : [hotkey],
    group: "Answer",
    classId: class_id,
    when: () => true,
    run: (work) => {
      if (work.editor !== null) work.editor.pick(class_id);
      else work.answer({ kind: "label_map", class_id, ...plain });
    },
  }));
  return [...OWN, ...ofClasses];
}

/** What `key` does now. */
export function actionFor(actions: readonly Action[], key: string, work: Work): Action | undefined {
  return actions.find((action) => action.keys.includes(key) && action.when(work));
}

/** Why `key` does nothing now, where there is something to say. */
export function reasonFor(actions: readonly Action[], key: string, work: Work): string | null {
  return actions.find((action) => action.keys.includes(key))?.whyNot?.(work) ?? null;
}

const CAPS: Readonly<Record<string, string>> = {
  enter: "Enter",
  space: "Space",
  backspace: "⌫",
  escape: "Esc",
  "mod+z": "Ctrl Z",
  "mod+shift+z": "Ctrl ⇧ Z",
  "mod+y": "Ctrl Y",
};

/** What is drawn on a key. */
export function keyCap(key: string): string {
  return CAPS[key] ?? key.toUpperCase();
}
