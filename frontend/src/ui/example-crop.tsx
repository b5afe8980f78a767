import type { ExampleView } from "../api/types";
import type { Corner } from "../domain/outline";
import { movedOut } from "../domain/outline";
import { regionOf } from "../domain/region";
import { useWords } from "../words/use-words";
import classes from "./example-crop.module.css";

interface Props {
  example: ExampleView;
  /** CSS px of its longer side. */
  size: number;
  /** What was said of it, for who cannot see it; the image's name is added. */
  says?: string;
}

/** CSS px between the region's pixels and its outline, which covers none of them. */
const APART = 1.5;

/** A region that people have answered, with what is around it: pixels as they are, the region outlined. */
export function ExampleCrop({ example, size, says }: Props) {
  const { guidelines } = useWords();
  const { box, region, close_up_box: crop, close_up_url, image_name } = example;
  const scale = size / Math.max(crop.width, crop.height);
  const inCrop = ([x, y]: Corner): Corner => [x + box.x - crop.x, y + box.y - crop.y];
  const outline = regionOf(box, region?.data ?? null)
    .lines.map((line) => `M${movedOut(line, APART / scale, inCrop).join("L")}Z`)
    .join("");
  const picture = guidelines.pictureOf(image_name);
  return (
    <svg
      className={classes["crop"]}
      role="img"
      aria-label={says === undefined ? picture : `${says}. ${picture}`}
      width={crop.width * scale}
      height={crop.height * scale}
      viewBox={`0 0 ${crop.width} ${crop.height}`}
    >
      <image href={close_up_url} width={crop.width} height={crop.height} preserveAspectRatio="none" />
      <path className={classes["under"]} d={outline} />
      <path className={classes["over"]} d={outline} />
    </svg>
  );
}
