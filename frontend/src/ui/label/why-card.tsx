import { Text } from "@mantine/core";
import type { LeasedQuery } from "../../api/types";
import { type LabelClass, readable } from "../../domain/classes";
import { counted } from "../../domain/words";
import classes from "./label.module.css";

interface Props {
  query: LeasedQuery;
  numPixels: number;
  ofId: ReadonlyMap<number, LabelClass>;
}

/** Why this region was asked. */
export function WhyCard({ query, numPixels, ofId }: Props) {
  const { score, impurity, entropy, classes: conflict, rank, selection_probability: chance } = query.why;
  const rows = [
    ["Score", score],
    ["Impurity", impurity],
    ["Entropy", entropy],
  ] as const;
  return (
    <section className={classes["why"]} aria-label="Why this region was asked">
      <Text fw={600}>Why this region</Text>
      {chance !== null && (
        <Text size="xs" mt={6} data-testid="control">
          Drawn at random, as a control: not because of what the network thinks of it.
        </Text>
      )}
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
        {chance !== null && (
          <div>
            <dt>Chance to be drawn</dt>
            <dd>1 in {Math.round(1 / chance).toLocaleString("en")}</dd>
          </div>
        )}
        <div>
          <dt>Rank</dt>
          <dd>{rank + 1}</dd>
        </div>
      </dl>
      {chance === null && conflict.length > 1 && (
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
        {query.image_name}
      </Text>
      <Text size="xs" className="quiet">
        {extentOf(query, numPixels)}
      </Text>
    </section>
  );
}

function extentOf({ unit, box }: LeasedQuery, numPixels: number): string {
  switch (unit) {
    case "superpixel":
    case "pixel":
      return counted(numPixels, "pixel");
    case "window":
    case "image":
      return `${box.width} × ${box.height} px`;
  }
}
