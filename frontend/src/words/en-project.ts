/** A project's page, as annotators see it too. */

import { numbersIn } from "../domain/words";

const { count, counted, decimal, duration, percent, plural, short } = numbersIn("en-GB");
const regions = (number: number) => counted(number, "region");

export const project = {
  away: "The project did not come",
  images: (source: number, target: number, validation: number) =>
    `${count(source)} labelled source, ${count(target)} target to adapt to, ${count(validation)} target to evaluate on`,
  classes: (number: number) => counted(number, "class", "classes"),
  label: (open: number) => `Label ${regions(open)}`,

  /** What the reader has done in the project. */
  own: {
    nothing: "Your work here: no answers yet.",
    work: (answers: number, seconds: number, aMinute: number | null, accepted: number | null) =>
      `Your work here: ${counted(answers, "answer")} in ${duration(seconds)} of active time` +
      (aMinute === null ? "" : `, ${decimal(aMinute, 1)} a minute`) +
      (accepted === null ? "." : `, ${percent(accepted, 0)} accepted suggestions.`),
  },

  /** Where a round can be. */
  state: {
    training: "training",
    evaluating: "evaluating",
    scoring: "scoring",
    selecting: "selecting",
    labelling: "labelling",
    closed: "closed",
    failed: "failed",
    cancelled: "cancelled",
  },

  round: {
    newest: "The newest round",
    none: "No round yet",
    name: (index: number) => `Round ${index}`,
    stands: (index: number, state: string) => `Round ${index} is ${state}`,
    pseudoLabels: "Pseudo labels",
    startFirst: "Start the first round",
    startNext: "Start the next round",
    close: "Close round",
    retry: "Retry",
    cancel: "Cancel round",
    progress: "Progress",
    left: (share: number, time: string | null) =>
      `${Math.floor(share * 100)} %${time === null ? "" : ` · about ${time} left`}`,
    answered: "Answered in this round",
    allAnswered: (asked: number) => `All ${regions(asked)} are answered.`,
    someAnswered: (resolved: number, asked: number) =>
      `${count(resolved)} of ${regions(asked)} answered, ${count(asked - resolved)} open.`,
    nextLearns: "The next round learns from them.",
    nextWaits: "The next round starts when they are answered, or closed.",
    failedUnrecorded: "It failed for a reason that was not recorded; the worker's log has more.",
    retryGoesOn: "Retry goes on where it stopped.",
    askClose: "Close with regions open?",
    closing: (open: number) =>
      `${regions(open)} ${plural(open, "has", "have")} no answer and will not be asked again in this round. What was answered stays and teaches the next round.`,
    askCancel: "Cancel this round?",
    cancelling:
      "Its work stops within seconds and is given up. Answers that it has stay and teach the next round.",
    leave: "Leave it as it is",
    adminStarts: "An admin starts it once the images are here.",
    /** The word between `before` and `after` leads to the import. */
    importFirst: {
      before: "First ",
      link: "import",
      after: " a labelled source and the target images to adapt to.",
    },
    ready: "The images are here. The first round needs no target label.",
  },

  training: {
    show: "Show the training",
    hide: "Hide the training",
    noLog: "It left no log.",
    losses: "Losses",
    confidence: "Confidence by class",
    /** Of figures that the worker's log is known to have; others are shown by their own name. */
    figures: {
      loss: "loss",
      source_loss: "source loss",
      answered_loss: "answered loss",
      pseudo_loss: "pseudo loss",
      contrast_loss: "contrast loss",
      kept_share: "kept share",
      sieved_share: "sieved share",
    },
  },

  curve: {
    title: "Learning curve",
    by: {
      human_hours: "mIoU by human time",
      regions: "mIoU by answers",
      round_index: "mIoU by round",
    },
    axes: { human_hours: "human time", regions: "answers", round_index: "round" },
    along: "What the curve is drawn along",
    none: "A point appears here when a round has been evaluated on labelled target images.",
    point: (index: number, miou: string) => `Round ${index}: ${miou}`,
  },

  iou: {
    title: "IoU by class",
    titleOf: (index: number) => `IoU by class, round ${index}`,
    none: "No round has been evaluated yet.",
    mean: "mean",
    measuredOn: (images: number, split: string) =>
      `On ${counted(images, "labelled target image")} of the ${split} split.`,
    changesSince: (index: number) => `Changes are in points since round ${index}.`,
  },

  /** Of classes whose colours are hard to tell apart. */
  alike: {
    deficiency: { protanopia: "protanopia", deuteranopia: "deuteranopia", tritanopia: "tritanopia" },
    toEverybody: (one: string, other: string) => `${one} and ${other} look alike.`,
    toSome: (one: string, other: string, who: string) =>
      `${one} and ${other} look alike to people with ${who}.`,
    keysTell: "Their keys tell them apart on the labelling page.",
  },

  checkpoints: {
    title: "Checkpoints",
    titleOf: (index: number) => `Checkpoints, round ${index}`,
    role: { teacher: "Teacher", student: "Student", best_teacher: "Best teacher" },
    checkpoint: "Checkpoint",
    boundary: "Boundary IoU",
    boundaryIs: "IoU of the pixels near contours: how true borders are",
    pixelsRight: "Pixels right",
    calibration: "Calibration error",
    calibrationIs: "Mean gap between how sure it is and how often it is right",
    teacherIs: "The teacher is the mean of the student over the last steps; rounds go on from it.",
    flattered: "* Chosen on these very images, so its figures flatter it.",
  },

  reliability: {
    title: "Reliability",
    question: "As sure as it is right?",
    axes: "how sure the teacher is; upwards: how often it is right",
    bar: (confidence: number | null, accuracy: number | null, pixels: number) =>
      `${percent(confidence, 0)} sure, ${percent(accuracy, 0)} right, ${short(pixels)} pixels`,
    nothing: "No pixel was judged.",
    tendency: {
      even: "The teacher is as sure as it is right on the whole",
      surer: "The teacher is surer than it is right",
      righter: "The teacher is righter than it is sure",
    },
    verdict: (tendency: string, confidence: number, accuracy: number, gap: number | null) =>
      `${tendency}: ${percent(confidence)} sure, ${percent(accuracy)} right; the gap is ${percent(gap)} over the bars. Strong bars hold most pixels; on the dashed line it would be as sure as it is right.`,
  },

  rounds: {
    title: "Rounds",
    columns: {
      round: "Round",
      state: "State",
      answered: "Answered",
      askedBy: "Asked by",
      learnedFrom: "Learned from",
      humanTime: "Human time",
      started: "Started",
      pseudoLabels: "Pseudo labels",
    },
    answers: (number: number) => counted(number, "answer"),
    started: (moment: string, person: string) => `${moment} by ${person}`,
    pseudoLabels: "pseudo labels",
  },
};
