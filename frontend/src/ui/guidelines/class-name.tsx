import type { LabelClassView } from "../../api/types";
import { readable } from "../../domain/classes";
import { keyCap } from "../../domain/keys";
import { useWords } from "../../words/use-words";

/** A class as it is met everywhere: its colour, its name, its key. */
export function ClassName({ labelClass: { name, color, hotkey } }: { labelClass: LabelClassView }) {
  const { help } = useWords();
  return (
    <>
      <span className="swatch" style={{ background: color }} />
      <span>{readable(name)}</span>
      {hotkey !== null && <kbd className="key">{keyCap(hotkey, help.caps)}</kbd>}
    </>
  );
}
