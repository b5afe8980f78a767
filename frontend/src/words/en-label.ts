/** What annotators read all day: the labelling page, and what belongs to it. */

import { numbersIn } from "../domain/words";

const { count, counted, percent, plural } = numbersIn("en-GB");
const regions = (number: number) => counted(number, "region");

export const label = {
  title: "Label",
  noRegions: "No regions came",
  answeredHere: "Answered in this round",
  standing: (resolved: number, asked: number) => `${count(resolved)} of ${regions(asked)}`,
  packet: (nth: number, size: number) => `${nth} of ${size} in this packet`,
  pace: (perMinute: number) => `${count(perMinute)} a minute`,

  closeUp: "Close-up of the region",
  closeUpToPaint: "Close-up of the region, to be painted on",
  surroundings: "The region's surroundings",
  imageComing: "The image is on its way…",
  imageAway:
    "The image did not come. Skip this region, or wait for the network; what cannot be seen takes no answer.",
  classes: "Classes",
  otherActions: "Other answers and steps",

  /** By unit: how a screen reader begins, and what one key does. */
  asked: {
    window: { opening: "Region in", hint: "One key names the whole region" },
    superpixel: { opening: "Superpixel in", hint: "One key names the whole region" },
    pixel: { opening: "Pixel in", hint: "One key names the pixel" },
    image: { opening: "The whole image", hint: "One key names the whole image; B splits it with a brush" },
  },
  noSuggestion: "No suggestion.",
  suggestion: (name: string, probability: number) => `Suggestion: ${name}, ${percent(probability, 0)}.`,
  splitting: "Splitting.",
  void: "void",
  painting: (name: string, size: number) => `Painting ${name}, brush of ${size} px`,

  /** By the action's name: what it does, and the word on its button. */
  actions: {
    accept: { title: "Accept the suggestion", short: "Accept" },
    split: { title: "Split the region with a brush", short: "Split" },
    void: { title: "Void: nothing here to learn", short: "Void" },
    unsure: { title: "Unsure: ask somebody else", short: "Unsure" },
    "bad-query": { title: "Bad query: should not have been asked", short: "Bad query" },
    skip: { title: "Skip: leave it for later", short: "Skip" },
    back: { title: "Take the last answer back", short: "Back" },
    "submit-split": { title: "Answer with this split", short: "Answer" },
    "paint-void": { title: "Paint void", short: "Void" },
    brush: { title: "Brush", short: "Brush" },
    eraser: { title: "Eraser: back to what was suggested", short: "Eraser" },
    polygon: { title: "Polygon: corner by corner", short: "Polygon" },
    fill: { title: "Fill what hangs together", short: "Fill" },
    cut: { title: "Cut along a line", short: "Cut" },
    thinner: { title: "Thinner brush", short: "Thinner" },
    thicker: { title: "Thicker brush", short: "Thicker" },
    undo: { title: "Undo a stroke", short: "Undo" },
    redo: { title: "Redo a stroke", short: "Redo" },
    peek: { title: "Hold: the pixels without colours", short: "Peek" },
    wider: { title: "Hold: more of the surroundings", short: "Wider" },
    "zoom-in": { title: "Closer", short: "Closer" },
    "zoom-out": { title: "Further away", short: "Further" },
    "zoom-fit": { title: "The region as it came", short: "Fit" },
    "leave-split": { title: "Leave the split; it is kept", short: "Leave split" },
    help: { title: "These keys", short: "Keys" },
  },
  singlePixel: "This region is a single pixel: there is nothing to split",

  notices: {
    onlyOne: "This is the only region left to answer.",
    nothingToGoBackTo: "There is no answer to go back to.",
    notKept: (why: string) => `This browser could not keep the answer: ${why}`,
    secondOpinions: (number: number) =>
      number === 1
        ? "Somebody else answered that region first; yours is kept as a second opinion."
        : `Others answered ${regions(number)} first; your answers to them are kept as second opinions.`,
  },

  why: {
    title: "Why this region",
    name: "Why this region was asked",
    control: "Drawn at random, as a control: not because of what the network thinks of it.",
    score: "Score",
    impurity: "Impurity",
    entropy: "Entropy",
    chance: "Chance to be drawn",
    oneIn: (number: number) => `1 in ${count(number)}`,
    rank: "Rank",
    between: "Between",
    pixels: (number: number) => counted(number, "pixel"),
  },

  done: {
    back: "Back to my last answer",
    toTheProject: "To the project",
    noRound: {
      title: "No round has started yet",
      text: "Regions come once a round has trained and chosen them.",
    },
    nothingFree: {
      title: "Nothing free for you just now",
      text: (open: number) =>
        `${regions(open)} of this round ${plural(open, "is", "are")} with others, or ${plural(open, "waits", "wait")} for a second opinion. This page looks again by itself.`,
    },
    answered: {
      title: (index: number) => `Round ${index} is answered. Thank you`,
      admin:
        "Start the next round: the network learns from the answers, and asks about what it still gets wrong.",
      others: "The next round begins when an admin starts it; its regions then come up here by themselves.",
    },
    /** The titles of these are `project.round.stands`. */
    atWork: "Its regions come up here by themselves once they are chosen.",
    failed: {
      title: (index: number) => `Round ${index} has failed`,
      text: "An admin can see why on the project's page, and try again.",
    },
    over: "It takes no answers any more. Regions come with the next round.",
  },
};

export const help = {
  title: "Keys",
  groups: {
    Answer: "Answer the region; the next comes at once",
    Go: "Go",
    Split: "While splitting a region",
  },
  classes: "Name the region, or what the brush paints",
  /** What is drawn on keys that have a word on them. */
  caps: {
    enter: "Enter",
    space: "Space",
    backspace: "⌫",
    escape: "Esc",
    tab: "Tab",
    alt: "Alt",
    mod: "Ctrl",
    shift: "⇧",
  },
};

export const grid = {
  title: "Check at a glance",
  lead: (name: string) => `All of these are taken for ${name}. Mark the ones that are not.`,
  wrong: "Wrong",
  marked: (number: number) => `${count(number)} marked as wrong`,
  confirm: (number: number) => `Confirm the other ${count(number)}`,
  none: "No regions to check now",
  region: (nth: number, name: string) => `Region ${nth}, taken for ${name}`,
};

export const review = {
  title: "Review",
  lead: "Answers in doubt first: where people and network differ most.",
  answeredBy: (person: string) => `Answered by ${person}`,
  suggested: "The network's suggestion",
  agree: "Right as it is",
  correct: "Correct it",
  askAgain: "Ask again",
  none: "No answers to review",
  open: (number: number) => `${counted(number, "answer")} to review`,
};

export const practice = {
  title: "Practice",
  lead: "These regions have known answers. Nothing of it counts; what was missed is shown at once.",
  start: "Start practising",
  right: "Right.",
  wrong: (given: string, known: string) => `This is ${known}, not ${given}.`,
  score: (right: number, of: number) => `${count(right)} of ${count(of)} right`,
  done: "Practised enough to begin",
  again: "Practise once more",
  toTheRound: "To the real regions",
};

export const guidelines = {
  title: "Guidelines",
  lead: "How this project wants its classes told apart.",
  none: "Nobody has written guidelines for this project yet.",
  ofClass: (name: string) => `What counts as ${name}`,
  changed: (moment: string) => `Changed ${moment}`,
  read: "Read",
};

export const settings = {
  title: "Settings",
  keys: "Keys",
  singleKeys: "Single keys answer",
  singleKeysIs: "Off: keys act only together with Alt, so that dictation and stray presses answer nothing.",
  press: (action: string) => `Press the new key for “${action}”`,
  taken: (key: string, action: string) => `${key} already means “${action}”.`,
  reset: "All keys as they came",
  language: "Language",
  save: "Save",
  saved: "Saved",
};
