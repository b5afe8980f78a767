import { Anchor, Button, Text } from "@mantine/core";
import { useEffect, useEffectEvent, useRef, useState, useSyncExternalStore } from "react";
import { Link } from "react-router";
import type { LabelClass } from "../../domain/classes";
import { readable } from "../../domain/classes";
import { keyName } from "../../domain/keys";
import type { Desk } from "../../state/desk";
import type { Item } from "../../state/held";
import { useWords } from "../../words/use-words";
import { columnsOf } from "../columns";
import classes from "./check.module.css";
import { Tile } from "./tile";

interface Props {
  readonly desk: Desk;
  /** All of one class. */
  readonly items: readonly Item[];
  readonly labelClass: LabelClass;
  /** How many marked ones wait to be labelled one by one. */
  readonly numMarked: number;
  readonly toLabel: string;
  readonly canGoBack: boolean;
  readonly onConfirmed: (number: number) => void;
  readonly onBack: () => void;
}

/** A contact sheet: what is not marked as wrong is confirmed, all at once. */
export function Sheet(props: Props) {
  const { desk, items, labelClass, numMarked, toLabel, canGoBack, onConfirmed, onBack } = props;
  const { grid } = useWords();
  const [wrong, setWrong] = useState<ReadonlySet<string>>(new Set());
  const [focus, setFocus] = useState(0);
  const sheet = useRef<HTMLDivElement>(null);
  const seen = useSyncExternalStore(desk.images.subscribe, () => seenOf(desk, items));
  // Nobody can confirm what they have not seen: that stays for the next sheet.
  const right = items.filter(({ query }) => !wrong.has(query.id) && seen.includes(query.id));
  const name = readable(labelClass.name);
  const toggle = (id: string) =>
    setWrong((old) => {
      const changed = new Set(old);
      if (!changed.delete(id)) changed.add(id);
      return changed;
    });
  const confirm = () => {
    if (right.length === 0 && wrong.size === 0) return;
    const said = { kind: "label_map", class_id: labelClass.class_id, accepted_suggestion: true } as const;
    desk.answerAll(
      right.map(({ query }) => ({ queryId: query.id, said })),
      wrong,
    );
    onConfirmed(right.length);
  };
  const step = (by: number) => setFocus((old) => Math.min(items.length - 1, Math.max(0, old + by)));
  const columns = () => columnsOf(sheet.current?.children ?? []);
  const press = useEffectEvent((event: KeyboardEvent) => {
    const { target } = event;
    const isElsewhere =
      target instanceof Element &&
      target.closest("a, input, button, [role=menu], [role=dialog]") !== null &&
      sheet.current?.contains(target) !== true;
    if (isElsewhere || event.repeat) return;
    const id = items[focus]?.query.id;
    switch (keyName(event)) {
      case "arrowleft":
        step(-1);
        break;
      case "arrowright":
        step(1);
        break;
      case "arrowup":
        step(-columns());
        break;
      case "arrowdown":
        step(columns());
        break;
      case "space":
        if (id !== undefined) toggle(id);
        break;
      case "enter":
        confirm();
        break;
      case "backspace":
        if (canGoBack) onBack();
        break;
      default:
        return;
    }
    event.preventDefault();
  });
  useEffect(() => {
    const onDown = (event: KeyboardEvent) => press(event);
    globalThis.addEventListener("keydown", onDown);
    return () => globalThis.removeEventListener("keydown", onDown);
  }, []);
  return (
    <>
      <div className={classes["lead"]}>
        <Text role="status">{grid.lead(name)}</Text>
        <Text size="xs" className="quiet">
          {grid.keys}
        </Text>
      </div>
      <div ref={sheet} className={classes["sheet"]} role="group" aria-label={grid.sheet}>
        {items.map((item, nth) => (
          <Tile
            key={item.query.id}
            item={item}
            images={desk.images}
            label={grid.tile(nth + 1, name, item.query.suggestion.classes[0]?.probability ?? 0)}
            isWrong={wrong.has(item.query.id)}
            isFocused={nth === focus}
            onFocus={() => setFocus(nth)}
            onToggle={() => toggle(item.query.id)}
          />
        ))}
      </div>
      <div className={classes["foot"]}>
        <Button onClick={confirm} data-testid="confirm">
          {grid.confirm(right.length)}
        </Button>
        <Button variant="default" disabled={!canGoBack} onClick={onBack}>
          {grid.back}
        </Button>
        {numMarked > 0 && (
          <Anchor component={Link} to={toLabel}>
            {grid.toLabel(numMarked)}
          </Anchor>
        )}
      </div>
    </>
  );
}

/** The ids of the queries whose pictures have come, as one text: screens compare it. */
function seenOf(desk: Desk, items: readonly Item[]): string {
  const isThere = ({ query }: Item) => typeof desk.images.get(query.close_up_url) === "object";
  return items
    .filter(isThere)
    .map(({ query }) => query.id)
    .join(" ");
}
