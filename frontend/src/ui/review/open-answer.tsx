import { Text } from "@mantine/core";
import { useEffect, useMemo, useState, useSyncExternalStore, type ReactNode } from "react";
import type { LabelClassView } from "../../api/types";
import { ActiveClock } from "../../domain/active-clock";
import type { Desk, Said } from "../../state/desk";
import type { ImageShelf } from "../../state/image-shelf";
import { isSame, type Told } from "../../state/told";
import { useWords } from "../../words/use-words";
import { Region } from "../label/region";
import type { Seat } from "../label/seat";
import lesson from "../lesson/lesson.module.css";
import type { Names } from "../lesson/use-names";
import { reviewing } from "./actions";
import { SaidView } from "./said-view";
import { saidIn } from "./said-words";
import { Standing } from "./standing";

/** Where one can go from an answer. */
export interface Ways {
  readonly next: () => void;
  readonly previous: () => void;
  readonly sheet: () => void;
}

interface Props {
  readonly told: Told;
  readonly desk: Desk;
  readonly images: ImageShelf;
  /** A change that was begun, as run-length code. */
  readonly draft: string | null;
  readonly labelClasses: readonly LabelClassView[];
  readonly names: Names;
  readonly trouble: string | null;
  readonly ways: Ways;
  readonly change: (told: Told, said: Said, seconds: number) => void;
}

/** An answer of an open round: the region as it was asked, with what was said of it, to be said anew. */
export function OpenAnswer(props: Props) {
  const { told, desk, images, draft, labelClasses, names, trouble, ways, change } = props;
  const words = useWords();
  const { query, said } = told;
  const map = said.label_map?.data ?? null;
  const clock = useClock(told.seconds);
  const notKept = useSyncExternalStore(desk.subscribe, () => desk.getState().notice);
  const seat: Seat = {
    images,
    answer: (fresh) => {
      if (!isSame(fresh, said)) change(told, fresh, clock.read(Date.now()));
      else desk.keepCorrection(query.id, null);
      ways.next();
    },
    skip: ways.next,
    back: ways.sheet,
    keepDraft: (begun) => desk.keepCorrection(query.id, begun === map ? null : begun),
  };
  const actions = useMemo(() => {
    const keep = () => {
      desk.keepCorrection(query.id, null);
      ways.next();
    };
    return reviewing({ keep, previous: ways.previous });
  }, [desk, query.id, ways]);
  const { youBegan, youSaid, youDrew } = words.review;
  const hint = draft !== null ? youBegan : map === null ? youSaid(saidIn(told, names, words)) : youDrew;
  return (
    <Region
      seat={seat}
      item={{ query, draft: draft ?? map, classId: said.class_id ?? null }}
      labelClasses={labelClasses}
      notice={notKept ?? (trouble === null ? null : () => trouble)}
      lesson={{
        actions,
        said,
        hint,
        aside: <AnswerCard told={told} names={names} />,
      }}
    />
  );
}

export function AnswerCard({ told, names, children }: { told: Told; names: Names; children?: ReactNode }) {
  const { review } = useWords();
  return (
    <section className={lesson["aside"]} aria-label={review.yourAnswer}>
      <Text fw={600}>{review.yourAnswer}</Text>
      <SaidView told={told} names={names} />
      <Standing told={told} />
      <Text size="xs" className="quiet" truncate title={told.query.image_name}>
        {told.query.image_name}
      </Text>
      {children}
    </section>
  );
}

/** Working time, counted on from what the answer has taken so far. */
function useClock(seconds: number): ActiveClock {
  const [clock] = useState(() => new ActiveClock(Date.now(), seconds));
  useEffect(() => {
    const touch = () => clock.touch(Date.now());
    const signs = ["keydown", "pointermove", "pointerdown", "wheel"] as const;
    for (const sign of signs) globalThis.addEventListener(sign, touch, { passive: true });
    return () => {
      for (const sign of signs) globalThis.removeEventListener(sign, touch);
    };
  }, [clock]);
  return clock;
}
