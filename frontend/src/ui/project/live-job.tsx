import { useQuery } from "@tanstack/react-query";
import type { JobView, LabelClassView } from "../../api/types";
import { liveJobQuery, trainingLogQuery, type Metrics } from "../../state/queries";
import { useWords } from "../../words/use-words";
import { JobProgress } from "../job-progress";
import { TrainingFigures } from "./training-figures";

interface Props {
  slug: string;
  job: JobView;
  /** None: the job trains nothing. */
  labelClasses?: readonly LabelClassView[];
}

/** A job at work, and its figures as they come. */
export function LiveJob({ slug, job, labelClasses = [] }: Props) {
  const { round: words } = useWords().project;
  const live = useQuery(liveJobQuery(slug, job.id)).data;
  const log = useQuery({
    ...trainingLogQuery(slug, job.round_id ?? ""),
    enabled: job.kind === "train_round" && job.round_id !== null,
  }).data;
  const trace = joined(log ?? [], live?.trace ?? [job.metrics ?? {}]);
  return (
    <div role="group" aria-label={words.progress}>
      <JobProgress slug={slug} job={job} />
      <TrainingFigures rows={trace} labelClasses={labelClasses} />
    </div>
  );
}

/** The log so far, and after it what came live since. */
function joined(log: readonly Metrics[], live: readonly Metrics[]): readonly Metrics[] {
  const last = Number(log.at(-1)?.["iteration"] ?? -1);
  return [...log, ...live.filter((row) => !(Number(row["iteration"]) <= last))];
}
