import { numbersIn } from "../domain/words";
import type { Words } from "./en";

const { count, counted, percent, plural } = numbersIn("de");

export const review: Words["review"] = {
  title: "Meine Antworten",
  link: "Meine Antworten durchsehen",
  lead: "Die letzten eigenen Antworten, die neueste zuerst. Die einer offenen Runde lassen sich ändern.",
  sheet: "Meine Antworten",
  place: (nth, of) => `${nth} von ${of}`,
  changed: (number) => `${count(number)} geändert`,
  none: "Hier ist noch nichts beantwortet",
  noneIs: "Die eigenen Antworten stehen hier, um sie noch einmal anzusehen und zu berichtigen.",
  away: "Die Antworten sind nicht angekommen",
  label: "Zu den Regionen",
  said: {
    drawn: "Gezeichnet",
    void: "Leer",
    unsure: "Unsicher",
    bad_query: "Schlechte Frage",
  },
  more: (number) => `und ${count(number)} weitere`,
  drawnOf: (names) => `Gezeichnet: ${names}`,
  yours: "gesagt",
  yourAnswer: "Die eigene Antwort",
  round: (index) => `Runde ${index}`,
  roundIsOver: (index) => `Runde ${index} nimmt keine Antworten mehr an: Diese lässt sich nur noch ansehen.`,
  onlyToLookAt: "Nur zum Ansehen",
  waits: "Wartet auf das Absenden",
  opinion: "Eine zweite Meinung: Es zählt die Antwort von jemand anderem",
  itIs: (said) => `Die eigene Antwort: ${said}`,
  youSaid: (said) => `Die Antwort war ${said}. Enter behält sie, eine Taste ändert sie.`,
  youDrew: "Das ist die eigene Zeichnung. Enter behält sie; Malen, oder nach Esc eine Taste, ändert sie.",
  youBegan:
    "Hier ist eine Änderung begonnen: weiter zeichnen, oder mit Esc und dann Enter die Antwort lassen, wie sie war.",
  begun: "Eine Änderung ist nicht fertig",
  changedElsewhere:
    "Diese Antwort wurde inzwischen anderswo geändert, daher gilt die Änderung hier nicht. So steht sie jetzt da.",
  roundClosed: "Die Runde ist inzwischen geschlossen, daher gilt die Änderung nicht.",
};

export const practice: Words["practice"] = {
  title: "Übung",
  lead: "Die Antworten zu diesen Regionen sind bekannt. Ob eine Antwort stimmt, zeigt sich gleich. Nichts davon wird aufgehoben.",
  place: (nth, of) => `${nth} von ${of}`,
  soFar: (right, of) => `bisher ${count(right)} von ${count(of)} richtig`,
  none: "Noch gibt es nichts zum Üben",
  noneIs:
    "Zum Üben braucht es Quellbilder, deren Labels bekannt sind. Ein Admin kann auf der Seite des Projekts welche importieren.",
  away: "Die Übungsregionen sind nicht angekommen",
  outcome: {
    right: "Richtig",
    wrong: "Falsch",
    partly: "Teilweise richtig",
    unanswered: "Nicht beantwortet",
  },
  is: (known) => `Das ist ${known}.`,
  isNot: (known, given) => `Das ist ${known}, nicht ${given}.`,
  mostly: (share, known) => `${percent(share, 0)} davon ist ${known}. Aufteilen benennt auch den Rest.`,
  drawnShare: (share) => `${percent(share, 0)} der Pixel haben die richtige Klasse.`,
  drawnWrong: (known, given) => `Falsch ist vor allem ${known}, gezeichnet als ${given}.`,
  truth: "Was es ist",
  yours: "Die eigene Zeichnung; schraffiert, wo sie falsch ist",
  goOn: "Weiter",
  toTheScore: "Zum Ergebnis",
  score: (right, of) => `${count(right)} von ${count(of)} richtig`,
  scoreIs: "Nach der Klasse, die in einer Region überwiegt.",
  columns: { class: "Klasse", right: "Richtig" },
  ofAsked: (right, asked) => `${count(right)} von ${count(asked)}`,
  confusions: "Für eine andere Klasse gehalten",
  noConfusions: "Nichts wurde für etwas anderes gehalten.",
  confusion: (known, given, times) =>
    `${known} galt als ${given}${times === 1 ? "" : `, ${counted(times, "Mal", "Mal")}`}`,
  unanswered: (number) =>
    `${counted(number, "Region", "Regionen")} ${plural(number, "blieb", "blieben")} ohne Antwort.`,
  again: "Noch einmal üben",
  toTheRound: "Zu den echten Regionen",
  toTheProject: "Zum Projekt",
};
