import { Text } from "@mantine/core";
import type { LeasedQuery } from "../../api/types";
import { type LabelClass, readable } from "../../domain/classes";
import classes from "./label.module.css";

/** Why this region was asked. */
export function WhyCard({ query, ofId }: { query: LeasedQuery; ofId: ReadonlyMap<number, LabelClass> }) {
  const { score, impurity, entropy, classes: conflict, rank } = query.why;
  const rows = [
    ["Score", score],
    ["Impurity", impurity],
    ["Entropy", entropy],
  ] as const;
  return (
    <section className={classes["why"]} aria-label="Why this region was asked">
      <Text fw={600}>Why this region</Text>
      <dl>
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <meter min={0} max={1} value={value} aria-label={name} />
              {value.toFixed(2)}
            </dd>
          </div>
        ))}
        <div>
          <dt>Rank</dt>
          <dd>{rank + 1}</dd>
        </div>
      </dl>
      {conflict.length > 1 && (
        <Text size="xs" component="div" className={classes["conflict"]}>
          <span className="quiet">Between</span>
          {conflict.map((classId) => (
            <span key={classId}>
              <span className="swatch" style={{ background: ofId.get(classId)?.color }} />
              {readable(ofId.get(classId)?.name ?? String(classId))}
            </span>
          ))}
        </Text>
      )}
      <Text size="xs" className="quiet" truncate title={query.image_name}>
        {query.image_name} · {query.box.width} × {query.box.height} px
      </Text>
    </section>
  );
}
