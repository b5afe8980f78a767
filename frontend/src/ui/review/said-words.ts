import { decode } from "../../domain/rle";
import type { Told } from "../../state/told";
import type { Words } from "../../words/en";
import type { Names } from "../lesson/use-names";

/** What was said, in one line. */
export function saidIn({ query, said }: Told, names: Names, { review }: Words): string {
  if (typeof said.class_id === "number") return names.nameOf(said.class_id);
  if (said.kind !== "label_map") return review.said[said.kind];
  const classIds = classesOf(said.label_map?.data ?? null, query.box.width * query.box.height);
  return review.drawnOf(classIds.map(names.nameOf).join(", "));
}

/** The classes of a drawn map, the largest first. */
export function classesOf(map: string | null, size: number): readonly number[] {
  if (map === null) return [];
  const counts = new Map<number, number>();
  for (const one of decode(map, size)) counts.set(one, (counts.get(one) ?? 0) + 1);
  return [...counts].sort(([, one], [, other]) => other - one).map(([classId]) => classId);
}
