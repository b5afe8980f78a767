import { Button, Group, Text } from "@mantine/core";
import { useMemo, useSyncExternalStore } from "react";
import { keyCap } from "../../domain/keys";
import { Look } from "../../domain/look";
import { regionOf } from "../../domain/region";
import { decode } from "../../domain/rle";
import type { ImageShelf } from "../../state/image-shelf";
import type { Told } from "../../state/told";
import { useWords } from "../../words/use-words";
import { ContextPane } from "../label/context-pane";
import labelling from "../label/label.module.css";
import { MapPane } from "../lesson/map-pane";
import { useOwnKeys } from "../use-own-keys";
import type { Names } from "../lesson/use-names";
import { AnswerCard, type Ways } from "./open-answer";
import { saidIn } from "./said-words";

interface Props {
  readonly told: Told;
  readonly images: ImageShelf;
  readonly names: Names;
  readonly ways: Ways;
}

/** An answer of a round that is over: to be looked at. */
export function ClosedAnswer({ told, images, names, ways }: Props) {
  const words = useWords();
  const { review, label, help } = words;
  const { query, said, roundIndex } = told;
  const region = useMemo(() => regionOf(query.box, query.region?.data ?? null), [query]);
  const look = useMemo(() => new Look(), []);
  const context = useSyncExternalStore(images.subscribe, () => images.get(query.context_url));
  const map = said.label_map?.data ?? null;
  const pixels = useMemo(
    () => (map === null ? null : decode(map, region.box.width * region.box.height)),
    [map, region],
  );
  useOwnKeys({
    arrowleft: ways.previous,
    arrowright: ways.next,
    enter: ways.next,
    escape: ways.sheet,
    backspace: ways.sheet,
  });
  const buttons = [
    ["previous", "arrowleft", ways.previous],
    ["next", "arrowright", ways.next],
    ["sheet", "escape", ways.sheet],
  ] as const;
  return (
    <main className={labelling["region"]} data-testid="closed-answer" data-query={query.id}>
      <div className={labelling["panes"]}>
        <MapPane
          {...{ query, region, images, pixels }}
          colors={names.colors}
          capOf={names.capOf}
          title={review.itIs(map === null ? saidIn(told, names, words) : review.said.drawn)}
        />
        <ContextPane
          item={{ query, draft: null }}
          region={region}
          image={context}
          closeUp={look}
          pans={false}
        />
        <AnswerCard told={told} names={names} />
      </div>
      <div className={labelling["below"]}>
        <Text role="status" data-testid="notice">
          {review.roundIsOver(roundIndex ?? 0)}
        </Text>
        <Group mt="sm" gap={6}>
          {buttons.map(([name, key, run]) => (
            <Button
              key={name}
              variant="default"
              size="compact-md"
              onClick={run}
              rightSection={<kbd className="key">{keyCap(key, help.caps)}</kbd>}
            >
              {label.actions[name].short}
            </Button>
          ))}
        </Group>
      </div>
    </main>
  );
}
