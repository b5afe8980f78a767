import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { useSearchParams } from "react-router";
import type { InspectedImage, LabelClassView, PseudoLabelsView, RoundView } from "../../api/types";
import { imagePoint, type ImagePoint } from "../../domain/geometry";
import { countsOf, rowsAt, type ClassRow } from "../../domain/pseudo-labels";
import { inspectedQuery, photoQuery } from "../../state/queries";
import { Failed, Loading } from "../states";
import { ClassTable } from "./class-table";
import { ImageList } from "./image-list";
import classes from "./inspect.module.css";
import { Panes, type Look } from "./panes";
import { ShareSlider } from "./share-slider";
import { useOwnKeys } from "../use-own-keys";

interface Props {
  round: RoundView;
  labelClasses: readonly LabelClassView[];
  found: PseudoLabelsView;
}

const WHOLE = (image: InspectedImage): Look => ({
  scale: null,
  middle: imagePoint(image.width / 2, image.height / 2),
});

export function Inspector({ round, labelClasses, found }: Props) {
  const [search, setSearch] = useSearchParams();
  const [step, setStep] = useState(0);
  const images = useMemo(() => mostDroppedFirst(found.images), [found]);
  const place = Math.max(
    0,
    images.findIndex(({ image_id }) => image_id === search.get("image")),
  );
  const image = images[place];
  const go = (by: -1 | 1) => {
    const next = images[place + by];
    if (next !== undefined) setSearch({ image: next.image_id }, { replace: true });
  };
  useOwnKeys({ arrowleft: () => go(-1), arrowright: () => go(1) }, { repeats: true });
  usePrefetch(round.id, images[place + 1]);
  if (image === undefined) return null;
  return (
    <div className={classes["inspector"]}>
      <ImageList
        images={images}
        step={step}
        current={image.image_id}
        onPick={(imageId) => setSearch({ image: imageId }, { replace: true })}
      />
      <div className={classes["main"]}>
        <ShareSlider found={found} step={step} onStep={setStep} />
        <OfImage
          key={image.image_id}
          roundId={round.id}
          image={image}
          labelClasses={labelClasses}
          level={found.levels[step] ?? 255}
          pool={poolRows(found, step)}
        />
      </div>
    </div>
  );
}

interface OfImageProps {
  roundId: string;
  image: InspectedImage;
  labelClasses: readonly LabelClassView[];
  level: number;
  pool: readonly ClassRow[];
}

function OfImage({ roundId, image, labelClasses, level, pool }: OfImageProps) {
  const [look, setLook] = useState(() => WHOLE(image));
  const [marked, setMarked] = useState<ImagePoint | null>(null);
  const { data: inspected, error, refetch } = useQuery(inspectedQuery(roundId, image));
  const photo = useQuery(photoQuery(image)).data ?? null;
  const counts = useMemo(
    () => (inspected === undefined ? null : countsOf(inspected, labelClasses.length)),
    [inspected, labelClasses.length],
  );
  const rows = useMemo(() => (counts === null ? null : rowsAt(counts, level)), [counts, level]);
  return (
    <>
      {inspected !== undefined ? (
        <Panes
          image={image}
          inspected={inspected}
          photo={photo}
          labelClasses={labelClasses}
          level={level}
          rows={rows ?? []}
          look={look}
          onLook={setLook}
          marked={marked}
          onMark={setMarked}
        />
      ) : error !== null ? (
        <Failed title="The image did not come" error={error} retry={() => void refetch()} />
      ) : (
        <Loading what="the image" />
      )}
      <ClassTable labelClasses={labelClasses} ofImage={rows} ofPool={pool} />
    </>
  );
}

/** By the share that is dropped at the start of a training, which the slider does not change: the list stands still. */
function mostDroppedFirst(images: readonly InspectedImage[]): InspectedImage[] {
  const share = ({ open, kept }: InspectedImage) => (open === 0 ? -1 : (open - (kept[0] ?? 0)) / open);
  return [...images].sort((one, other) => share(other) - share(one));
}

function poolRows(found: PseudoLabelsView, step: number): ClassRow[] {
  return found.classes.map(({ kept: keptAt, open, ...row }) => {
    const kept = keptAt[step] ?? 0;
    return { ...row, kept, dropped: open - kept };
  });
}

/** The image that the next key goes to is there when it is pressed. */
function usePrefetch(roundId: string, next: InspectedImage | undefined): void {
  const client = useQueryClient();
  useEffect(() => {
    if (next === undefined) return;
    // What fails here is asked again, and told, when it is to be shown.
    client.query(inspectedQuery(roundId, next)).catch(() => undefined);
    client.query(photoQuery(next)).catch(() => undefined);
  }, [client, roundId, next]);
}
