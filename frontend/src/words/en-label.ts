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
  otherWays: "Other ways to work here",
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

  /** By the action's name: what it does, and the word on its button. */
  actions: {
    accept: { title: "Accept the suggestion", short: "Accept" },
    "second-guess": { title: "The second guess", short: "Second" },
    "third-guess": { title: "The third guess", short: "Third" },
    "split-parts": { title: "Split: name the teacher's parts one by one", short: "Parts" },
    split: { title: "Split the region with a brush", short: "Split" },
    void: { title: "Void: nothing here to learn", short: "Void" },
    unsure: { title: "Unsure: ask somebody else", short: "Unsure" },
    "bad-query": { title: "Bad query: should not have been asked", short: "Bad query" },
    skip: { title: "Skip: leave it for later", short: "Skip" },
    back: { title: "Take the last answer back", short: "Back" },
    keep: { title: "Keep the answer as it is", short: "Keep" },
    previous: { title: "The answer before", short: "Previous" },
    next: { title: "The answer after", short: "Next" },
    sheet: { title: "Back to all answers", short: "All answers" },
    complete: { title: "End what has begun: close the polygon, lift the brush", short: "End" },
    "submit-split": { title: "Answer with this split", short: "Answer" },
    "paint-void": { title: "Void: for the part in focus, or to paint with", short: "Void" },
    "next-part": { title: "Leave this part as it is, go to the next", short: "Next part" },
    undo: { title: "Undo; in a polygon, take the last corner away", short: "Undo" },
    redo: { title: "Redo", short: "Redo" },
    "leave-split": { title: "Give up what has begun; else leave the split, which is kept", short: "Leave" },
    "fill-all": { title: "The whole region gets the chosen class", short: "Fill all" },
    pick: { title: "Take the class under the pointer (or: right button)", short: "Pick" },
    press: { title: "Click at the pointer; sets the brush down, and lifts it", short: "Click" },
    "tool-parts": { title: "The teacher's parts: a key a part, or a click", short: "Parts" },
    "tool-superpixels": { title: "Superpixels: a key a part, or a click", short: "Superpixels" },
    "tool-brush": { title: "Brush", short: "Brush" },
    "tool-eraser": { title: "Eraser: brings back what was there when you began", short: "Eraser" },
    "tool-polygon": { title: "Polygon: click corners, or draw around; Enter closes it", short: "Polygon" },
    "tool-fill": { title: "Flood fill: a click recolours what is connected", short: "Fill" },
    "tool-cut": {
      title: "Straight cut: drag, or click twice; the side with the teeth gets the class",
      short: "Cut",
    },
    thinner: { title: "Thinner brush (or: wheel)", short: "Thinner" },
    thicker: { title: "Thicker brush (or: wheel)", short: "Thicker" },
    left: { title: "Move the pointer by a pixel", short: "Left" },
    right: { title: "Move the pointer by a pixel", short: "Right" },
    up: { title: "Move the pointer by a pixel", short: "Up" },
    down: { title: "Move the pointer by a pixel", short: "Down" },
    "far-left": { title: "Move the pointer by 8 pixels", short: "Far left" },
    "far-right": { title: "Move the pointer by 8 pixels", short: "Far right" },
    "far-up": { title: "Move the pointer by 8 pixels", short: "Far up" },
    "far-down": { title: "Move the pointer by 8 pixels", short: "Far down" },
    raw: { title: "Hold: nothing drawn on the pixels (and drag: move the view)", short: "Pixels" },
    wide: { title: "Hold: see wider", short: "Wider" },
    closer: { title: "Closer (or: wheel; Ctrl and wheel with a brush)", short: "Closer" },
    farther: { title: "Farther", short: "Farther" },
    "reset-view": { title: "Back to the region", short: "Region" },
    "view-left": { title: "Move the view", short: "View left" },
    "view-right": { title: "Move the view", short: "View right" },
    "view-up": { title: "Move the view", short: "View up" },
    "view-down": { title: "Move the view", short: "View down" },
    guidelines: { title: "What counts as which class", short: "Guidelines" },
    help: { title: "These keys", short: "Keys" },
  },
  singlePixel: "This region is a single pixel: there is nothing to split",
  nothingUnderPointer: "There is no pixel of the region under the pointer",
  superpixelsComing: "Looking for superpixels…",
  superpixelsAway: "No superpixels were found: the image did not come. Try again when the network is back.",
  tools: "Tools",

  /** By the tool: the line that says how it is used. */
  hints: {
    brush: (paint: string, size: number) => `Painting ${paint}, brush of ${size} px`,
    eraser: (size: number) => `Eraser of ${size} px: brings back what was there`,
    polygon: (paint: string) => `Click the corners of what is ${paint}, or draw around it`,
    closing: (paint: string) => `Enter, or a click on the first corner, fills the polygon with ${paint}`,
    fill: (paint: string) => `A click makes ${paint} of all that is connected`,
    cut: (paint: string) => `Drag along the border; the side with the teeth becomes ${paint}`,
    part: (nth: number, of: number) => `Part ${nth} of ${of}: which class is it?`,
    allNamed: "Every part has a name: Enter answers",
    here: (name: string) => ` · here: ${name}`,
  },

  notices: {
    onlyOne: "This is the only region left to answer.",
    nothingToGoBackTo: "There is no answer to go back to.",
    notKept: (why: string) => `Not kept in this browser: ${why} The next answer tries again.`,
    secondOpinions: (number: number) =>
      number === 1
        ? "Somebody else answered that region first; yours is kept as a second opinion."
        : `Others answered ${regions(number)} first; your answers to them are kept as second opinions.`,
  },

  why: {
    title: "Why this region",
    name: "Why this region was asked",
    control: "Drawn at random, as a control: not because of what the network thinks of it.",
    hidden: "Here no suggestion is shown, on purpose: what do you see?",
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
        `${regions(open)} of this round ${plural(open, "is", "are")} with others or in another browser of yours, or ${plural(open, "waits", "wait")} for a second opinion. This page looks again by itself.`,
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
    Look: "Look",
    Tools: "Tools, while splitting a region",
    Split: "While splitting a region",
  },
  classes: "Name the region, the part in focus, or what the tools paint",
  /** What is drawn on keys that have a word on them. */
  caps: {
    enter: "Enter",
    space: "Space",
    backspace: "⌫",
    escape: "Esc",
    tab: "Tab",
    alt: "Alt",
    home: "Home",
    mod: "Ctrl",
    shift: "⇧",
  },
};

export const grid = {
  title: "At a glance",
  lead: (name: string) => `The network takes all of these for ${name}. Mark the ones that are not.`,
  classes: "Classes with regions that the network is sure of",
  free: (name: string, number: number) => `${name}: ${count(number)}`,
  sheet: "Contact sheet",
  tile: (nth: number, name: string, probability: number) =>
    `Region ${nth}: taken for ${name}, ${percent(probability, 0)}`,
  wrong: "wrong",
  keys: "Arrows move, Space marks as wrong, Enter confirms the rest, Backspace takes the last sheet back",
  confirm: (number: number) => `Confirm ${number === 0 ? "none" : counted(number, "region")}`,
  back: "Take the last sheet back",
  toLabel: (number: number) => `${counted(number, "marked region")} to label one by one`,
  none: "Nothing to check at a glance",
  noneText:
    "No open region of this round is one that the network is at least 90 % sure of. Those it is unsure of are labelled one by one.",
  oneByOne: "One by one",
};

export const guidelines = {
  title: "Guidelines",
  lead: "How this project wants its classes told apart.",
  none: "Nobody has written guidelines for this project yet.",
  ofClass: (name: string) => `What counts as ${name}`,
  unwritten: "Nobody has written about this class yet.",
  is: (name: string) => `This is ${name}`,
  isNot: (name: string) => `This is not ${name}`,
  taken: (name: string, answered: string) => `Taken for ${name}, but it is ${answered}`,
  noExamples: "Examples appear here once people have answered with it.",
  examplesAway: "The examples did not come.",
  pictureOf: (image: string) => `A region of ${image}`,
};

export const settings = {
  lead: "Click a key and press the one that shall take its place. It is kept for you in every browser.",
  singleKeys: "Single keys act",
  singleKeysIs:
    "Off: characters act together with Alt only, so that dictation and stray presses answer nothing.",
  change: (action: string) => `${action}: change the key`,
  press: (action: string) => `Press the new key for “${action}”, or Escape`,
  pressOne: "press a key",
  taken: (key: string, action: string) => `${key} already means “${action}”.`,
  notSaved: "The server does not have this change yet; it holds until this page is loaded again.",
  reset: "All keys as they came",
};
