import { useEffect, useEffectEvent, useRef, useState, type KeyboardEvent } from "react";
import type { Told } from "../../state/told";
import { useWords } from "../../words/use-words";
import { columnsOf } from "../columns";
import { RegionPicture } from "../lesson/region-picture";
import type { Names } from "../lesson/use-names";
import classes from "./review.module.css";
import { SaidView } from "./said-view";
import { saidIn } from "./said-words";
import { Standing } from "./standing";

const MOST_NAMED = 3; // classes of a drawn region on its card; its title names all

interface Props {
  readonly told: readonly Told[];
  readonly names: Names;
  /** Changes that were begun and not finished, by query. */
  readonly begun: Readonly<Record<string, string>>;
  /** The one that was open last: it has the focus. */
  readonly last: string | null;
  readonly open: (queryId: string) => void;
}

/** All answers at a glance; arrows move among them, Enter opens one. */
export function Sheet({ told, names, begun, last, open }: Props) {
  const words = useWords();
  const list = useRef<HTMLUListElement>(null);
  const found = told.findIndex(({ query }) => query.id === last);
  const [at, setAt] = useState(Math.max(0, found));
  const focus = Math.min(at, told.length - 1);
  const focusFirst = useEffectEvent(() => cardsOf(list.current)[focus]?.focus());
  useEffect(() => focusFirst(), []); // once, when one comes to the sheet
  const moved = (event: KeyboardEvent) => {
    const cards = cardsOf(list.current);
    const next = focus + stepOf(event.key, cards, focus);
    if (next === focus || cards[next] === undefined) return;
    event.preventDefault();
    setAt(next);
    cards[next].focus();
  };
  return (
    <ul ref={list} className={classes["sheet"]} aria-label={words.review.sheet} onKeyDown={moved}>
      {told.map((one, nth) => (
        <li key={one.query.id}>
          <button
            type="button"
            className={classes["card"]}
            data-query={one.query.id}
            data-waiting={one.saidAt === null || undefined}
            tabIndex={nth === focus ? 0 : -1}
            onFocus={() => setAt(nth)}
            onClick={() => open(one.query.id)}
          >
            <RegionPicture query={one.query} map={one.said.label_map?.data ?? null} colorOf={names.colorOf} />
            <span className={classes["said"]} title={saidIn(one, names, words)}>
              <SaidView told={one} names={names} most={MOST_NAMED} />
            </span>
            <Standing told={one} isBegun={begun[one.query.id] !== undefined} />
          </button>
        </li>
      ))}
    </ul>
  );
}

function cardsOf(list: HTMLElement | null): readonly HTMLElement[] {
  return [...(list?.querySelectorAll<HTMLElement>("button") ?? [])];
}

/** By how many cards a key moves: up and down by a row, however many cards it has now. */
function stepOf(key: string, cards: readonly HTMLElement[], from: number): number {
  const columns = columnsOf(cards);
  switch (key) {
    case "ArrowLeft":
      return -1;
    case "ArrowRight":
      return 1;
    case "ArrowUp":
      return -columns;
    case "ArrowDown":
      return Math.min(columns, cards.length - 1 - from);
    case "Home":
      return -from;
    case "End":
      return cards.length - 1 - from;
    default:
      return 0;
  }
}
