import { numbersIn } from "../domain/words";
import type { Words } from "./en";

const { count, counted, decimal, duration, percent, plural, short } = numbersIn("de");
const regions = (number: number) => counted(number, "Region", "Regionen");

export const project: Words["project"] = {
  away: "Das Projekt ist nicht angekommen",
  images: (source, target, validation) =>
    [
      `${counted(source, "Quellbild", "Quellbilder")} mit Labels`,
      `${counted(target, "Zielbild", "Zielbilder")} zum Anpassen`,
      `${counted(validation, "Zielbild", "Zielbilder")} zum Auswerten`,
    ].join(", "),
  classes: (number) => counted(number, "Klasse", "Klassen"),
  label: (open) => `${regions(open)} annotieren`,

  own: {
    nothing: "Eigene Arbeit hier: noch keine Antworten.",
    work: (answers, seconds, aMinute, accepted) =>
      `Eigene Arbeit hier: ${counted(answers, "Antwort", "Antworten")} in ${duration(seconds)} aktiver Zeit` +
      (aMinute === null ? "" : `, ${decimal(aMinute, 1)} je Minute`) +
      (accepted === null ? "." : `, ${percent(accepted, 0)} angenommene Vorschläge.`),
  },

  state: {
    training: "Training",
    evaluating: "Auswertung",
    scoring: "Bewertung",
    selecting: "Auswahl",
    labelling: "Annotation",
    closed: "abgeschlossen",
    failed: "gescheitert",
    cancelled: "abgebrochen",
  },

  round: {
    newest: "Die neueste Runde",
    none: "Noch keine Runde",
    name: (index) => `Runde ${index}`,
    stands: (index, state) => `Runde ${index}: ${state}`,
    pseudoLabels: "Pseudolabels",
    startFirst: "Erste Runde starten",
    startNext: "Nächste Runde starten",
    close: "Runde abschließen",
    retry: "Erneut versuchen",
    cancel: "Runde abbrechen",
    progress: "Fortschritt",
    left: (share, time) => `${Math.floor(share * 100)} %${time === null ? "" : ` · noch etwa ${time}`}`,
    answered: "In dieser Runde beantwortet",
    allAnswered: (asked) =>
      asked === 1 ? "Die einzige Region ist beantwortet." : `Alle ${regions(asked)} sind beantwortet.`,
    someAnswered: (resolved, asked) =>
      `${count(resolved)} von ${regions(asked)} beantwortet, ${count(asked - resolved)} offen.`,
    nextLearns: "Die nächste Runde lernt daraus.",
    nextWaits: "Die nächste Runde beginnt, wenn alle beantwortet sind oder die Runde abgeschlossen wird.",
    failedUnrecorded: "Woran es lag, wurde nicht festgehalten; mehr steht im Protokoll des Workers.",
    retryGoesOn: "Ein neuer Versuch macht dort weiter, wo es aufhörte.",
    askClose: "Mit offenen Regionen abschließen?",
    closing: (open) =>
      `${regions(open)} ${plural(open, "hat", "haben")} keine Antwort und ${plural(open, "wird", "werden")} in dieser Runde nicht mehr gefragt. Was beantwortet ist, bleibt und lehrt die nächste Runde.`,
    askCancel: "Diese Runde abbrechen?",
    cancelling:
      "Ihre Arbeit hört binnen Sekunden auf und wird verworfen. Vorhandene Antworten bleiben und lehren die nächste Runde.",
    leave: "So lassen",
    adminStarts: "Ein Admin startet sie, sobald die Bilder da sind.",
    importFirst: {
      before: "Zuerst eine Quelle mit Labels und die Zielbilder ",
      link: "importieren",
      after: ", an die angepasst werden soll.",
    },
    ready: "Die Bilder sind da. Die erste Runde braucht keine Labels vom Ziel.",
  },

  training: {
    show: "Training zeigen",
    hide: "Training verbergen",
    noLog: "Es gibt kein Protokoll davon.",
    losses: "Verluste",
    confidence: "Sicherheit je Klasse",
    figures: {
      loss: "Verlust",
      source_loss: "Verlust Quelle",
      answered_loss: "Verlust Antworten",
      pseudo_loss: "Verlust Pseudolabels",
      contrast_loss: "Verlust Kontrast",
      kept_share: "Anteil behalten",
      sieved_share: "Anteil ausgesiebt",
    },
  },

  curve: {
    title: "Lernkurve",
    by: {
      human_hours: "mIoU nach Arbeitszeit",
      regions: "mIoU nach Antworten",
      round_index: "mIoU nach Runde",
    },
    axes: { human_hours: "Arbeitszeit", regions: "Antworten", round_index: "Runde" },
    along: "Woran entlang die Kurve verläuft",
    none: "Ein Punkt erscheint hier, wenn eine Runde auf Zielbildern mit Labels ausgewertet ist.",
    point: (index, miou) => `Runde ${index}: ${miou}`,
  },

  iou: {
    title: "IoU je Klasse",
    titleOf: (index) => `IoU je Klasse, Runde ${index}`,
    none: "Noch ist keine Runde ausgewertet.",
    mean: "Mittel",
    measuredOn: (images, split) =>
      `Auf ${counted(images, "Zielbild", "Zielbildern")} mit Labels aus dem Teil „${split}“.`,
    changesSince: (index) => `Änderungen in Punkten seit Runde ${index}.`,
  },

  alike: {
    deficiency: { protanopia: "Protanopie", deuteranopia: "Deuteranopie", tritanopia: "Tritanopie" },
    toEverybody: (one, other) => `${one} und ${other} sehen sich ähnlich.`,
    toSome: (one, other, who) => `${one} und ${other} sind bei ${who} schwer zu unterscheiden.`,
    keysTell: "Beim Annotieren unterscheiden sie sich durch ihre Tasten.",
  },

  checkpoints: {
    title: "Stände",
    titleOf: (index) => `Stände, Runde ${index}`,
    role: { teacher: "Lehrer", student: "Schüler", best_teacher: "Bester Lehrer" },
    checkpoint: "Stand",
    boundary: "IoU am Rand",
    boundaryIs: "IoU der Pixel nahe an Konturen: wie genau Ränder sind",
    pixelsRight: "Richtige Pixel",
    calibration: "Kalibrierfehler",
    calibrationIs: "Mittlerer Abstand zwischen der Sicherheit und dem Anteil, der stimmt",
    teacherIs: "Der Lehrer ist das Mittel des Schülers über die letzten Schritte; Runden gehen von ihm aus.",
    flattered: "* Auf eben diesen Bildern ausgesucht; seine Zahlen sind geschönt.",
  },

  reliability: {
    title: "Verlässlichkeit",
    question: "So sicher, wie es stimmt?",
    axes: "wie sicher der Lehrer ist; nach oben: wie oft es stimmt",
    bar: (confidence, accuracy, pixels) =>
      `${percent(confidence, 0)} sicher, ${percent(accuracy, 0)} richtig, ${short(pixels)} Pixel`,
    nothing: "Kein Pixel wurde beurteilt.",
    tendency: {
      even: "Der Lehrer ist im Ganzen so sicher, wie es stimmt",
      surer: "Der Lehrer ist sicherer, als es stimmt",
      righter: "Der Lehrer liegt öfter richtig, als er sicher ist",
    },
    verdict: (tendency, confidence, accuracy, gap) =>
      `${tendency}: ${percent(confidence)} sicher, ${percent(accuracy)} richtig; der Abstand über die Balken ist ${percent(gap)}. Kräftige Balken haben die meisten Pixel; auf der gestrichelten Linie wäre er so sicher, wie es stimmt.`,
  },

  rounds: {
    title: "Runden",
    columns: {
      round: "Runde",
      state: "Stand",
      answered: "Beantwortet",
      askedBy: "Gefragt nach",
      learnedFrom: "Gelernt aus",
      humanTime: "Arbeitszeit",
      started: "Begonnen",
      pseudoLabels: "Pseudolabels",
    },
    answers: (number) => counted(number, "Antwort", "Antworten"),
    started: (moment, person) => `${moment}, ${person}`,
    pseudoLabels: "Pseudolabels",
  },
};
