import { Text } from "@mantine/core";
import { readable, type LabelClass } from "../domain/classes";
import { hardToTell, type Deficiency, type Pair } from "../domain/color-vision";
import { useWords } from "../words/use-words";

type Colored = Pick<LabelClass, "name" | "color">;

/** Warns of classes whose colours look alike. It forbids nothing: keys and names tell them apart too. */
export function AlikeColors({ classes }: { classes: readonly Colored[] }) {
  const { project, numbers, language } = useWords();
  const { alike: words } = project;
  const pairs = together(hardToTell(classes));
  if (pairs.length === 0) return null;
  return (
    <Text size="xs" className="quiet" lang={language} data-testid="alike">
      {pairs.map(({ one, other, deficiencies }) => {
        const [here, there] = [readable(one.name), readable(other.name)];
        const who = numbers.list(deficiencies.map((deficiency) => words.deficiency[deficiency]));
        return deficiencies.length === 0
          ? `${words.toEverybody(here, there)} `
          : `${words.toSome(here, there, who)} `;
      })}
      {words.keysTell}
    </Text>
  );
}

interface Together {
  readonly one: Colored;
  readonly other: Colored;
  /** None: everybody. */
  readonly deficiencies: Deficiency[];
}

/** Each pair once, with all who mix it up. */
function together(pairs: readonly Pair<Colored>[]): Together[] {
  const found: Together[] = [];
  for (const { one, other, deficiency } of pairs) {
    const known = found.find((pair) => pair.one === one && pair.other === other);
    if (known !== undefined && deficiency !== null) known.deficiencies.push(deficiency);
    else found.push({ one, other, deficiencies: deficiency === null ? [] : [deficiency] });
  }
  return found;
}
