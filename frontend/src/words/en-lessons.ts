/** Looking again at what one has said, and practising on what is known. */

import { numbersIn } from "../domain/words";

const { count, counted, percent, plural } = numbersIn("en-GB");

export const review = {
  title: "My answers",
  link: "Review my answers",
  lead: "Your last answers here, the newest first. Those of an open round can be changed.",
  sheet: "My answers",
  place: (nth: number, of: number) => `${nth} of ${of}`,
  changed: (number: number) => `${count(number)} changed`,
  none: "You have answered nothing here yet",
  noneIs: "What you say about regions is kept here, to be looked at again and put right.",
  away: "Your answers did not come",
  label: "To the regions",
  /** What was said. */
  said: {
    drawn: "Drawn",
    void: "Void",
    unsure: "Unsure",
    bad_query: "Bad query",
  },
  more: (number: number) => `and ${count(number)} more`,
  drawnOf: (names: string) => `Drawn: ${names}`,
  yours: "yours",
  yourAnswer: "Your answer",
  round: (index: number) => `Round ${index}`,
  roundIsOver: (index: number) => `Round ${index} takes no answers any more: this one can only be looked at.`,
  onlyToLookAt: "Only to look at",
  waits: "Waits to be sent",
  opinion: "A second opinion: somebody else's answer counts",
  itIs: (said: string) => `Your answer: ${said}`,
  youSaid: (said: string) => `You said ${said}. Enter keeps it; a key changes it.`,
  youDrew: "You drew this. Enter keeps it; what you paint, or a key after Esc, changes it.",
  youBegan: "You began to change this: go on drawing, or Esc and then Enter to leave your answer as it was.",
  begun: "A change that is not finished",
  changedElsewhere:
    "That answer was changed elsewhere meanwhile, so your change was not taken. This is how it stands now.",
  roundClosed: "The round has closed meanwhile, so your change was not taken.",
};

export const practice = {
  title: "Practice",
  lead: "The answers to these regions are known. Say what you see; you are told at once. Nothing of it is kept.",
  place: (nth: number, of: number) => `${nth} of ${of}`,
  soFar: (right: number, of: number) => `${count(right)} of ${count(of)} right so far`,
  none: "There is nothing to practise on yet",
  noneIs:
    "Practice needs source images whose labels are known. An admin can import some on the project's page.",
  away: "The practice regions did not come",
  outcome: {
    right: "Right",
    wrong: "Wrong",
    partly: "Partly right",
    unanswered: "Not answered",
  },
  is: (known: string) => `This is ${known}.`,
  isNot: (known: string, given: string) => `This is ${known}, not ${given}.`,
  mostly: (share: number, known: string) =>
    `${percent(share, 0)} of it is ${known}. Split it to name the rest too.`,
  drawnShare: (share: number) => `${percent(share, 0)} of the pixels have the right class.`,
  drawnWrong: (known: string, given: string) => `Most of what is wrong is ${known}, drawn as ${given}.`,
  truth: "What it is",
  yours: "What you drew; hatched where it is wrong",
  goOn: "Go on",
  toTheScore: "To the score",
  score: (right: number, of: number) => `${count(right)} of ${count(of)} right`,
  scoreIs: "By the class that most of a region is.",
  columns: { class: "Class", right: "Right" },
  ofAsked: (right: number, asked: number) => `${count(right)} of ${count(asked)}`,
  confusions: "Taken for another class",
  noConfusions: "Nothing was taken for anything else.",
  confusion: (known: string, given: string, times: number) =>
    `${known} was taken for ${given}${times === 1 ? "" : `, ${counted(times, "time")}`}`,
  unanswered: (number: number) =>
    `${counted(number, "region")} ${plural(number, "was", "were")} not answered.`,
  again: "Practise again",
  toTheRound: "To the real regions",
  toTheProject: "To the project",
};
