import { VisuallyHidden } from "@mantine/core";
import { useState, type KeyboardEvent } from "react";
import { keyCap, keyName } from "../../domain/keys";
import { useWords } from "../../words/use-words";
import type { Action } from "./actions/action";
import classes from "./label.module.css";

/** Keys that only change what others mean. */
const MODIFIERS = ["shift", "control", "meta"];

/** An action's keys. Once clicked, the next key that is pressed takes their place; Escape leaves them as they are. */
export function KeyButton({ action, onTake }: { action: Action; onTake: (key: string) => void }) {
  const words = useWords();
  const [isListening, setListening] = useState(false);
  const hear = (event: KeyboardEvent<HTMLButtonElement>) => {
    if (!isListening) return;
    event.preventDefault();
    event.stopPropagation();
    const key = keyName(event.nativeEvent);
    if (MODIFIERS.includes(event.key.toLowerCase())) return;
    setListening(false);
    if (key !== "escape") onTake(key);
  };
  const { title } = action.says(words);
  return (
    <button
      type="button"
      className={classes["keyButton"]}
      aria-pressed={isListening}
      data-mantine-stop-propagation={isListening} // Escape is for the key then, not for the dialogue
      onClick={() => setListening((old) => !old)}
      onKeyDown={hear}
      onBlur={() => setListening(false)}
    >
      {isListening ? (
        <span className="key">{words.settings.pressOne}</span>
      ) : (
        action.keys.map((key) => (
          <kbd key={key} className="key">
            {keyCap(key, words.help.caps)}
          </kbd>
        ))
      )}
      <VisuallyHidden>
        {isListening ? words.settings.press(title) : words.settings.change(title)}
      </VisuallyHidden>
    </button>
  );
}
