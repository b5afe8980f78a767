import { expect, test } from "vitest";
import { regionPoint } from "../../../domain/geometry";
import { Look } from "../../../domain/look";
import { partsOf } from "../../../domain/partition";
import { SplitEditor } from "../../../editor/split-editor";
import type { Said } from "../../../state/desk";
import { en } from "../../../words/en";
import type { Work } from "./action";
import { actionFor, actionsOf, holderOf, reasonFor, withoutSingleKeys } from "./table";

const classes = ["1", "q", null].map((hotkey, class_id) => ({
  class_id,
  name: `class_${class_id}`,
  color: "#000000",
  hotkey,
}));
const actions = actionsOf(classes);

function workOn(editor: SplitEditor | null, answers: Said[] = []): Work {
  const nothing = () => undefined;
  return {
    guesses: [1, 2],
    suggestedMap: "0x4",
    editor,
    numPixels: 4,
    look: new Look(),
    answer: (said) => answers.push(said),
    skip: nothing,
    back: nothing,
    split: nothing,
    unsplit: nothing,
    hold: nothing,
    toggleHelp: nothing,
    toggleGuidelines: nothing,
    tell: nothing,
  };
}

const splitting = () =>
  new SplitEditor({
    width: 2,
    height: 2,
    pixels: new Uint8Array(4),
    inside: null,
    classId: 1,
    parts: () => partsOf(2, 2, [0, 0, 0, 0], null),
  });

test.each([null, splitting()])("a key means one thing at a time", (editor) => {
  const keys = actions.filter((action) => action.when(workOn(editor))).flatMap((action) => action.keys);
  expect(keys.filter((key, nth) => keys.indexOf(key) !== nth)).toEqual([]);
});

test("the page's own letters are those that the service keeps free", () => {
  const own = actions.filter((action) => action.classId === undefined).flatMap((action) => action.keys);
  expect([...new Set(own.filter((key) => /^[a-z0-9]$/.test(key)))].sort()).toEqual(["b", "u", "v", "x"]);
});

test("a key that a person has chosen takes the place of the table's", () => {
  const own = actionsOf(classes, { unsure: "n", "class:class 1": "e" });
  expect(actionFor(own, "n", workOn(null))?.name).toBe("unsure");
  expect(actionFor(own, "u", workOn(null))).toBeUndefined();
  expect(actionFor(own, "e", workOn(null))?.classId).toBe(1);
});

test("the second guess is not the suggestion that was accepted", () => {
  const answers: Said[] = [];
  const work = workOn(null, answers);
  actionFor(actions, "enter", work)?.run(work);
  actionFor(actions, ",", work)?.run(work);
  expect(answers.map((said) => [said.class_id, said.accepted_suggestion])).toEqual([
    [1, true],
    [2, false],
  ]);
  expect(actionFor(actions, ".", work)).toBeUndefined();
});

test("without single keys, characters act with Alt only, and other keys as ever", () => {
  expect(["1", "x", "?", "shift+b"].map(withoutSingleKeys)).toEqual([null, null, null, null]);
  expect(["alt+1", "alt+shift+b", "enter", "mod+z"].map(withoutSingleKeys)).toEqual([
    "1",
    "shift+b",
    "enter",
    "mod+z",
  ]);
});

test("an unfinished polygon takes Enter and Escape for itself", () => {
  const editor = splitting();
  const answers: Said[] = [];
  const work = workOn(editor, answers);
  editor.choose("polygon");
  editor.handle({ type: "down", at: regionPoint(0, 0) });
  expect(actionFor(actions, "enter", work)?.name).toBe("complete");
  actionFor(actions, "escape", work)?.run(work);
  expect(editor.path).toBe("polygon.idle");
  expect(actionFor(actions, "enter", work)?.name).toBe("submit-split");
});

test("a class's key answers a whole region, and chooses the paint in a split", () => {
  const answers: Said[] = [];
  actionFor(actions, "q", workOn(null, answers))?.run(workOn(null, answers));
  expect(answers).toEqual([{ kind: "label_map", class_id: 1, accepted_suggestion: false }]);
  const editor = splitting();
  actionFor(actions, "1", workOn(editor))?.run(workOn(editor));
  expect(editor.classId).toBe(0);
});

test("a split that was left as the teacher drew it is an accepted suggestion, a changed one is not", () => {
  const answers: Said[] = [];
  const editor = splitting();
  const work = workOn(editor, answers);
  actionFor(actions, "enter", work)?.run(work);
  editor.handle({ type: "down", at: regionPoint(0.5, 0.5) });
  editor.handle({ type: "up", at: regionPoint(0.5, 0.5) });
  actionFor(actions, "enter", work)?.run(work);
  expect(answers.map((said) => said.accepted_suggestion)).toEqual([true, false]);
});

test("a single pixel is not split, and who tries is told why", () => {
  const pixel = { ...workOn(null), numPixels: 1 };
  expect(actionFor(actions, "b", pixel)).toBeUndefined();
  expect(reasonFor(actions, "b", pixel)?.(en)).toMatch(/single pixel/);
  expect(actionFor(actions, "b", workOn(null))?.name).toBe("split");
  expect(reasonFor(actions, "b", workOn(null))).toBeNull();
  expect(reasonFor(actions, "[", pixel)).toBeNull();
});

test("what cannot be done has no key", () => {
  expect(actionFor(actions, "mod+z", workOn(splitting()))).toBeUndefined();
  expect(actionFor(actions, "[", workOn(null))).toBeUndefined();
});

test("a key is taken by what can be wanted at the same moment, and free where that cannot be", () => {
  const named = (name: string) => actions.find((action) => action.name === name)!;
  expect(holderOf(actions, named("unsure"), "x")?.name).toBe("bad-query");
  expect(holderOf(actions, named("tool-brush"), "x")).toBeUndefined();
  expect(holderOf(actions, named("tool-brush"), "q")?.classId).toBe(1);
  expect(holderOf(actions, named("unsure"), "u")).toBeUndefined();
  expect(holderOf(actions, named("raw"), "b")?.name).toBe("split");
});

test("the table itself has no two keys in each other's way", () => {
  for (const action of actions) {
    for (const key of action.keys) {
      const holder = holderOf(actions, action, key);
      const isViewOrPointer = key.startsWith("shift+arrow"); // the view's in a whole region, the pointer's in a split
      expect(isViewOrPointer ? undefined : holder, `${action.name} ${key}`).toBeUndefined();
    }
  }
});
