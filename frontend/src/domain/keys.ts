/** What a key press means, whatever keyboard it comes from. */

export interface KeyPress {
  readonly code: string;
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

const BY_PLACE: Readonly<Record<string, string>> = { BracketLeft: "[", BracketRight: "]" };

/**
 * The key's name: a digit by its place (number row or pad, whatever the layout), `[` and `]` too; else what is printed
 * on it, in lower case. Ctrl and Cmd are one, written `mod+`; Shift is written only together with it.
 */
export function keyName(press: KeyPress): string {
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(press.code)?.[1];
  const printed = press.key === " " ? "space" : press.key.toLowerCase();
  const shiftedDigit =
    digit !== undefined && press.shiftKey && press.code.startsWith("Digit") && press.key === "?";
  const name = shiftedDigit ? "?" : (digit ?? BY_PLACE[press.code] ?? printed);
  if (press.altKey) return `alt+${name}`;
  if (press.ctrlKey || press.metaKey) return press.shiftKey ? `mod+shift+${name}` : `mod+${name}`;
  return name;
}
