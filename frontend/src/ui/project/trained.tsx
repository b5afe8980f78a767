import { Anchor } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { LabelClassView, RoundView } from "../../api/types";
import { trainingLogQuery } from "../../state/queries";
import { useWords } from "../../words/use-words";
import classes from "./project.module.css";
import { TrainingFigures } from "./training-figures";

interface Props {
  slug: string;
  round: RoundView;
  labelClasses: readonly LabelClassView[];
}

/** How a round that has been trained came along, for whoever asks. */
export function Trained({ slug, round, labelClasses }: Props) {
  const { training: words } = useWords().project;
  const [opened, setOpened] = useState(false);
  const log = useQuery({ ...trainingLogQuery(slug, round.id), enabled: opened }).data;
  return (
    <div className={classes["trained"]}>
      <Anchor component="button" type="button" aria-expanded={opened} onClick={() => setOpened(!opened)}>
        {opened ? words.hide : words.show}
      </Anchor>
      {opened && log?.length === 0 && <p className="quiet">{words.noLog}</p>}
      {opened && log !== undefined && log.length > 0 && (
        <TrainingFigures rows={log} labelClasses={labelClasses} />
      )}
    </div>
  );
}
