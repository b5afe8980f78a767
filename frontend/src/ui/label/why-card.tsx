import { Text } from "@mantine/core";
import type { LeasedQuery } from "../../api/types";
import { type LabelClass, readable } from "../../domain/classes";
import { useWords } from "../../words/use-words";
import { OtherWays } from "./other-ways";
import classes from "./label.module.css";

interface Props {
  query: LeasedQuery;
  numPixels: number;
  ofId: ReadonlyMap<number, LabelClass>;
  slug: string;
}

/** Why this region was asked. */
export function WhyCard({ query, numPixels, ofId, slug }: Props) {
  const { score, impurity, entropy, classes: conflict, rank, selection_probability: chance } = query.why;
  const { numbers, label } = useWords();
  const { why } = label;
  const rows = [
    [why.score, score],
    [why.impurity, impurity],
    [why.entropy, entropy],
  ] as const;
  return (
    <section className={classes["why"]} aria-label={why.name}>
      <Text fw={600}>{why.title}</Text>
      {chance !== null && (
        <Text size="xs" mt={6} data-testid="control">
          {why.control}
        </Text>
      )}
      {query.suggestion.hidden && (
        <Text size="xs" mt={6} data-testid="hidden">
          {why.hidden}
        </Text>
      )}
      <dl>
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <meter min={0} max={1} value={value} aria-label={name} />
              {numbers.decimal(value, 2)}
            </dd>
          </div>
        ))}
        {chance !== null && (
          <div>
            <dt>{why.chance}</dt>
            <dd>{why.oneIn(Math.round(1 / chance))}</dd>
          </div>
        )}
        <div>
          <dt>{why.rank}</dt>
          <dd>{rank + 1}</dd>
        </div>
      </dl>
      {chance === null && conflict.length > 1 && (
        <Text size="xs" component="div" className={classes["conflict"]}>
          <span className="quiet">{why.between}</span>
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
        {extentOf(query, why.pixels(numPixels))}
      </Text>
      <OtherWays slug={slug} />
    </section>
  );
}

function extentOf({ unit, box }: LeasedQuery, pixels: string): string {
  switch (unit) {
    case "superpixel":
    case "pixel":
      return pixels;
    case "window":
    case "image":
      return `${box.width} × ${box.height} px`;
  }
}
