import { IGNORE_INDEX } from "../../domain/classes";
import classes from "./lesson.module.css";
import type { Names } from "./use-names";

/** A class's colour and its name. */
export function Named({ classId, names }: { classId: number; names: Names }) {
  const color = names.colorOf(classId);
  return (
    <span className={classes["named"]}>
      {classId !== IGNORE_INDEX && <span className="swatch" style={{ background: color ?? undefined }} />}
      {names.nameOf(classId)}
    </span>
  );
}
