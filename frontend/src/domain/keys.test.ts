import { expect, test } from "vitest";
import { inKeyboardOrder } from "./classes";
import { isCharacter, keyCap, keyName, type KeyPress } from "./keys";

const press = (code: string, key: string, held: Partial<KeyPress> = {}): KeyPress => ({
  code,
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...held,
});

test("a digit is a digit on the row, on the pad, and on a French keyboard", () => {
  expect(keyName(press("Digit1", "1"))).toBe("1");
  expect(keyName(press("Numpad1", "1"))).toBe("1");
  expect(keyName(press("Digit1", "&"))).toBe("1");
});

test("a letter is what is printed on the key", () => {
  expect(keyName(press("KeyQ", "a"))).toBe("a");
  expect(keyName(press("KeyQ", "A"))).toBe("a"); // caps lock
  expect(keyName(press("KeyQ", "A", { shiftKey: true }))).toBe("shift+a");
});

test("undo and redo are told apart, on every system", () => {
  expect(keyName(press("KeyZ", "z", { ctrlKey: true }))).toBe("mod+z");
  expect(keyName(press("KeyZ", "Z", { metaKey: true, shiftKey: true }))).toBe("mod+shift+z");
});

test("help is ?, wherever it lies", () => {
  expect(keyName(press("Slash", "?", { shiftKey: true }))).toBe("?");
  expect(keyName(press("Digit2", "?", { shiftKey: true }))).toBe("?");
});

test("classes lie as their keys do: digits, then the letter rows, keyless ones last", () => {
  const classes = ["w", null, "2", "a", "1", "0"].map((hotkey, class_id) => ({
    class_id,
    name: String(hotkey),
    color: "#000000",
    hotkey,
  }));
  expect(inKeyboardOrder(classes).map(({ name }) => name)).toEqual(["1", "2", "0", "w", "a", "null"]);
});

test("Shift is part of keys that print nothing, and of letters; elsewhere it chooses what is printed", () => {
  expect(keyName(press("ArrowLeft", "ArrowLeft", { shiftKey: true }))).toBe("shift+arrowleft");
  expect(keyName(press("Equal", "+", { shiftKey: true }))).toBe("+");
  expect(keyName(press("Digit1", "!", { shiftKey: true }))).toBe("1");
  expect(keyName(press("AltLeft", "Alt", { altKey: true }))).toBe("alt");
  expect(keyName(press("Digit1", "1", { altKey: true }))).toBe("alt+1");
});

test("what is drawn on keys", () => {
  const caps = { shift: "⇧", mod: "Ctrl", space: "Space" };
  expect(["a", "shift+b", "mod+shift+z", "+", "space", "arrowleft"].map((key) => keyCap(key, caps))).toEqual([
    "A",
    "⇧ B",
    "Ctrl ⇧ Z",
    "+",
    "Space",
    "←",
  ]);
});

test("a character is what somebody may type by mistake", () => {
  expect(["a", "1", "?", "shift+a", "+"].map(isCharacter)).toEqual([true, true, true, true, true]);
  expect(["enter", "mod+z", "alt+1", "arrowleft", "alt"].map(isCharacter)).toEqual(new Array(5).fill(false));
});
