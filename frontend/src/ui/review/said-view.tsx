import { useMemo } from "react";
import type { Told } from "../../state/told";
import { useWords } from "../../words/use-words";
import lesson from "../lesson/lesson.module.css";
import { Named } from "../lesson/named";
import type { Names } from "../lesson/use-names";
import { classesOf } from "./said-words";

interface Props {
  readonly told: Told;
  readonly names: Names;
  /** So many classes of a drawn region are named. */
  readonly most?: number;
}

/** What was said, with the colours of its classes. */
export function SaidView({ told, names, most = Infinity }: Props) {
  const { review } = useWords();
  const { query, said } = told;
  const map = said.label_map?.data ?? null;
  const size = query.box.width * query.box.height;
  const drawn = useMemo(() => classesOf(map, size), [map, size]);
  if (typeof said.class_id === "number") return <Named classId={said.class_id} names={names} />;
  if (said.kind !== "label_map") return <span>{review.said[said.kind]}</span>;
  return (
    <span className={lesson["several"]}>
      <span>{review.said.drawn}</span>
      {drawn.slice(0, most).map((classId) => (
        <Named key={classId} classId={classId} names={names} />
      ))}
      {drawn.length > most && <span className="quiet">{review.more(drawn.length - most)}</span>}
    </span>
  );
}
