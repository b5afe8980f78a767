import type { ReactNode } from "react";
import type { LabelClassView } from "../../api/types";
import { readable } from "../../domain/classes";
import { keyCap } from "../../domain/keys";
import { useWords } from "../../words/use-words";

interface Props {
  labelClass: LabelClassView;
  /** In place of its name. */
  children?: ReactNode;
}

/** A class as it is met everywhere: its colour, its name, its key. */
export function ClassName({ labelClass: { name, color, hotkey }, children }: Props) {
  const { help } = useWords();
  return (
    <>
      <span className="swatch" style={{ background: color }} />
      <span>{children ?? readable(name)}</span>
      {hotkey !== null && <kbd className="key">{keyCap(hotkey, help.caps)}</kbd>}
    </>
  );
}
