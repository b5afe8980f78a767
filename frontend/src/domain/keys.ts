/** What a key press means, whatever keyboard it comes from. */

export interface KeyPress {
  readonly code: string;
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

const BY_PLACE: Readonly<Record<string, string>> = {
  BracketLeft: "[",
  BracketRight: "]",
  NumpadAdd: "+",
  NumpadSubtract: "-",
};

/**
 * The key's name: a digit by its place (number row or pad, whatever the layout), `[` and `]` too; else what is printed
 * on it, in lower case. Ctrl and Cmd are one, written `mod+`. Shift is written with letters and with keys that print
 * nothing; with others it chooses what is printed.
 */
export function keyName(press: KeyPress): string {
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(press.code)?.[1];
  const printed = press.key === " " ? "space" : press.key.toLowerCase();
  if (printed === "alt") return "alt";
  const shiftedDigit =
    digit !== undefined && press.shiftKey && press.code.startsWith("Digit") && press.key === "?";
  const name = shiftedDigit ? "?" : (digit ?? BY_PLACE[press.code] ?? printed);
  const isShifted = press.shiftKey && (name.length > 1 || /^\p{L}$/u.test(name));
  const hasMod = press.ctrlKey || press.metaKey;
  return `${press.altKey ? "alt+" : ""}${hasMod ? "mod+" : ""}${isShifted ? "shift+" : ""}${name}`;
}

/** Whether a key prints a character, and so may be typed by mistake, or by a voice (WCAG 2.2, 2.1.4). */
export function isCharacter(name: string): boolean {
  return /^(?:shift\+)?.$/u.test(name);
}

const ARROWS: Readonly<Record<string, string>> = {
  arrowleft: "←",
  arrowright: "→",
  arrowup: "↑",
  arrowdown: "↓",
};

/** What is drawn on a key; `caps` are the words that a language has on its keys. */
export function keyCap(name: string, caps: Readonly<Record<string, string>>): string {
  return name
    .split(/\+(?=.)/)
    .map((part) => ARROWS[part] ?? caps[part] ?? part.toUpperCase())
    .join(" ");
}
