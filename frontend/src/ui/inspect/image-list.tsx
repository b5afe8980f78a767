import { Text } from "@mantine/core";
import { memo, useEffect, useRef } from "react";
import { thumbnailUrl } from "../../api/pseudo-labels";
import type { InspectedImage } from "../../api/types";
import { shareOf } from "../../domain/pseudo-labels";
import { percent } from "../../domain/words";
import classes from "./inspect.module.css";

const SIDE = 200; // px of a thumbnail as it is fetched: twice as many as it is shown with, for dense screens

interface Props {
  /** In the order in which they are shown. */
  images: readonly InspectedImage[];
  step: number;
  current: string;
  onPick: (imageId: string) => void;
}

/** The pool, the images of which most is dropped first. */
export function ImageList({ images, step, current, onPick }: Props) {
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => {
    list.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [current]);
  return (
    <nav className={`panel ${classes["list"] ?? ""}`} aria-label="Images">
      <Text size="xs" className="quiet">
        Most dropped first <kbd className="key">←</kbd> <kbd className="key">→</kbd>
      </Text>
      <ul ref={list}>
        {images.map((image) => (
          <Item
            key={image.image_id}
            image={image}
            dropped={shareOf(image.open - (image.kept[step] ?? 0), image.open)}
            isCurrent={image.image_id === current}
            onPick={onPick}
          />
        ))}
      </ul>
    </nav>
  );
}

interface ItemProps {
  image: InspectedImage;
  dropped: number | null;
  isCurrent: boolean;
  onPick: (imageId: string) => void;
}

const Item = memo(function Item({ image, dropped, isCurrent, onPick }: ItemProps) {
  return (
    <li>
      <button
        type="button"
        aria-current={isCurrent || undefined}
        title={image.name}
        onMouseDown={(event) => event.preventDefault()}
        onClick={() => onPick(image.image_id)}
      >
        <img
          src={thumbnailUrl(image, SIDE)}
          width={image.width}
          height={image.height}
          alt={image.name}
          loading="lazy"
          decoding="async"
        />
        <span>{percent(dropped)}</span>
        {image.answered > 0 && (
          <span className="quiet">{percent(image.answered / (image.width * image.height))} said</span>
        )}
      </button>
    </li>
  );
});
