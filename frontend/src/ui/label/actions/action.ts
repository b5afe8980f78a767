/** What an action is, and what it works on. */

import type { Look } from "../../../domain/look";
import type { SplitEditor } from "../../../editor/split-editor";
import type { ToolName } from "../../../editor/tool";
import type { Said } from "../../../state/desk";
import type { Saying, Words } from "../../../words/en";

/** What is held down to look at things differently: `raw` without anything drawn on them, `wide` from farther away. */
export type Hold = "raw" | "wide";

export interface Work {
  /** Class ids that the teacher thinks of, the best first. */
  readonly guesses: readonly number[];
  /** The teacher's label map as it came, if it came. */
  readonly suggestedMap: string | null;
  /** null: the region is answered as a whole. */
  readonly editor: SplitEditor | null;
  /** How many pixels the region has. */
  readonly numPixels: number;
  readonly look: Look;
  answer(said: Said): void;
  skip(): void;
  back(): void;
  /** Begin to split, or go on, with this tool. */
  split(tool: ToolName): void;
  unsplit(): void;
  hold(what: Hold, isOn: boolean): void;
  toggleHelp(): void;
  toggleGuidelines(): void;
  /** Say something to the person, in words. */
  tell(text: Saying | null): void;
}

/** The names of the page's own actions; those of classes are `class-N`. */
export type OwnName = keyof Words["label"]["actions"];

export interface Action {
  readonly name: OwnName | `class-${number}`;
  /** By which a person's own key for it is kept: for classes their name, which several projects may share. */
  readonly keptAs: string;
  /** What it does, and the word on its button. */
  readonly says: (words: Words) => { readonly title: string; readonly short: string };
  /** Whether it has a button of its own. */
  readonly hasButton?: boolean;
  /** As `keyName` names them; the first is drawn on buttons. */
  readonly keys: readonly string[];
  readonly group: "Answer" | "Go" | "Look" | "Split" | "Tools";
  /** For a class's action: which. */
  readonly classId?: number;
  /** For a tool's action: which. */
  readonly tool?: ToolName;
  /** Whether holding the key does it again and again. */
  readonly repeats?: boolean;
  when(work: Work): boolean;
  /** Why it cannot be done, where that is not plain to see. */
  whyNot?(work: Work): Saying | null;
  run(work: Work): void;
  /** What letting the key go does. */
  release?(work: Work): void;
}

/** One of the page's own actions, with its words from the catalogue. */
export function own(name: OwnName, rest: Omit<Action, "name" | "keptAs" | "says">): Action {
  return { name, keptAs: name, says: (words) => words.label.actions[name], ...rest };
}

export const isWhole = (work: Work) => work.editor === null;
export const isSplit = (work: Work) => work.editor !== null;
