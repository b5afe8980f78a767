/** The classes of a project as the browser shows them. */

/** "No supervision here": how void is written in a label map. Never a class id. */
export const IGNORE_INDEX = 255;

export interface LabelClass {
  readonly class_id: number;
  readonly name: string;
  readonly color: string;
  readonly hotkey: string | null;
}

const KEYBOARD = "1234567890qwertyuiopasdfghjklzxcvbnm";

/** Classes as their keys lie on the keyboard, row by row; those without a key last. */
export function inKeyboardOrder<Class extends LabelClass>(classes: readonly Class[]): Class[] {
  const place = ({ hotkey }: LabelClass) => {
    const index = hotkey === null ? -1 : KEYBOARD.indexOf(hotkey);
    if (index >= 0) return index;
    return hotkey === null ? KEYBOARD.length + 1 : KEYBOARD.length;
  };
  return [...classes].sort((one, other) => place(one) - place(other) || one.class_id - other.class_id);
}

/** Red, green and blue (0…255) of `#rrggbb`. */
export function rgb(color: string): readonly [number, number, number] {
  const value = Number.parseInt(color.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** A name of the schema as people read it. */
export function readable(name: string): string {
  return name.replaceAll("_", " ");
}
