import { memo, useMemo } from "react";
import type { LeasedQuery } from "../../api/types";
import { regionOf } from "../../domain/region";
import { decode } from "../../domain/rle";
import { pathOf, shapesOf } from "../../domain/shapes";
import classes from "./lesson.module.css";

interface Props {
  readonly query: Pick<LeasedQuery, "box" | "region" | "close_up_url" | "close_up_box">;
  /** What was drawn, as run-length code; null: nothing. */
  readonly map: string | null;
  readonly colorOf: (classId: number) => string | null;
}

/** A region in its crop, outlined, small; what was drawn on it is tinted. */
export const RegionPicture = memo(function RegionPicture({ query, map, colorOf }: Props) {
  const { box, close_up_box: crop } = query;
  const code = query.region?.data ?? null;
  const region = useMemo(() => regionOf(box, code), [box, code]);
  const shapes = useMemo(() => {
    if (map === null) return [];
    return shapesOf(box.width, box.height, decode(map, box.width * box.height), region.inside);
  }, [box, region, map]);
  const around = useMemo(() => pathOf(region.lines), [region]);
  return (
    <svg
      className={classes["picture"]}
      viewBox={`${crop.x} ${crop.y} ${crop.width} ${crop.height}`}
      aria-hidden
    >
      <image href={query.close_up_url} {...crop} preserveAspectRatio="none" />
      <g transform={`translate(${box.x} ${box.y})`}>
        {shapes.map(({ value, path }) => (
          <path
            key={value}
            className={classes["part"]}
            d={path}
            fill={colorOf(value) ?? "#808080"}
            data-class={value}
          />
        ))}
        <path className={classes["under"]} d={around} />
        <path className={classes["over"]} d={around} />
      </g>
    </svg>
  );
});
