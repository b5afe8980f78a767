import { expect, test } from "vitest";
import { inKeyboardOrder } from "./classes";
import { keyName, type KeyPress } from "./keys";

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
  expect(keyName(press("KeyQ", "A", { shiftKey: true }))).toBe("a");
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
