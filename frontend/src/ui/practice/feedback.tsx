import { Button, Text } from "@mantine/core";
import { useMemo, useSyncExternalStore, type ReactNode } from "react";
import { IGNORE_INDEX } from "../../domain/classes";
import { Look } from "../../domain/look";
import { shareOf, type Outcome } from "../../domain/practice";
import { regionOf } from "../../domain/region";
import type { Answered, Practice } from "../../state/practice";
import { useWords } from "../../words/use-words";
import { ContextPane } from "../label/context-pane";
import labelling from "../label/label.module.css";
import lesson from "../lesson/lesson.module.css";
import { MapPane } from "../lesson/map-pane";
import { Named } from "../lesson/named";
import { useOwnKeys } from "../use-own-keys";
import type { Names } from "../lesson/use-names";
import { useSentences } from "./use-sentences";

const SIGNS: Readonly<Record<Outcome, string>> = { right: "✓", partly: "≈", wrong: "✕", unanswered: "?" };

interface Props {
  readonly answered: Answered;
  readonly practice: Practice;
  readonly names: Names;
  readonly isLast: boolean;
  /** How far the round is. */
  readonly standing: ReactNode;
}

/** What a region is, beside what was said of it. */
export function Feedback({ answered, practice, names, isLast, standing }: Props) {
  const { practice: words, help } = useWords();
  const sentences = useSentences(names);
  const { query, truth, given, verdict } = answered;
  const region = useMemo(() => regionOf(query.box, null), [query]);
  const look = useMemo(() => new Look(), []);
  const context = useSyncExternalStore(practice.images.subscribe, () =>
    practice.images.get(query.context_url),
  );
  useOwnKeys({ enter: () => practice.goOn() });
  const [outcome, ...rest] = sentences(answered);
  const shown = { query, region, images: practice.images, colors: names.colors, capOf: names.capOf };
  return (
    <main className={labelling["region"]} data-testid="feedback" data-outcome={verdict.outcome}>
      <div className={labelling["panes"]}>
        <MapPane {...shown} pixels={truth.pixels} title={words.truth} />
        {given !== null && "pixels" in given ? (
          <MapPane {...shown} pixels={given.pixels} wrong={verdict.wrong} title={words.yours} />
        ) : (
          <ContextPane
            item={{ query, draft: null }}
            region={region}
            image={context}
            closeUp={look}
            pans={false}
          />
        )}
        <div className={lesson["aside"]}>
          {standing}
          <Text fw={600}>{words.truth}</Text>
          <ul className={lesson["list"]}>
            {sharesOf(truth.pixels).map(([classId, share]) => (
              <Part key={classId} classId={classId} share={share} names={names} />
            ))}
          </ul>
        </div>
      </div>
      <div className={labelling["below"]}>
        <div className={lesson["verdict"]}>
          <span className={lesson["sign"]} data-outcome={verdict.outcome} aria-hidden>
            {SIGNS[verdict.outcome]}
          </span>
          <div>
            <Text fw={600} data-testid="verdict">
              {outcome} {rest[0]}
            </Text>
            {rest.length > 1 && <Text>{rest.slice(1).join(" ")}</Text>}
          </div>
        </div>
        <Button
          mt="sm"
          onClick={() => practice.goOn()}
          rightSection={<kbd className="key on-accent">{help.caps.enter}</kbd>}
        >
          {isLast ? words.toTheScore : words.goOn}
        </Button>
      </div>
    </main>
  );
}

function Part({ classId, share, names }: { classId: number; share: number; names: Names }) {
  const { numbers } = useWords();
  return (
    <li>
      <kbd className="key">{names.capOf(classId)}</kbd>
      <Named classId={classId} names={names} />
      <span className="quiet">{numbers.percent(share, 0)}</span>
    </li>
  );
}

/** The classes that are there, by how much of what is known they are. */
function sharesOf(pixels: Uint8Array): (readonly [classId: number, share: number])[] {
  return [...new Set(pixels)]
    .filter((classId) => classId !== IGNORE_INDEX)
    .map((classId) => [classId, shareOf(pixels, classId)] as const)
    .sort(([classId, one], [otherId, other]) => other - one || classId - otherId); // as the dominant class is chosen
}
