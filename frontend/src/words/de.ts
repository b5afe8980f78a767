/** Alles, was die App sagt, auf Deutsch; geladen erst, wenn es jemand liest. Ohne Anrede, wo es geht. */

import { numbersIn } from "../domain/words";
import { grid, guidelines, help, label, settings } from "./de-label";
import { practice, review } from "./de-lessons";
import { project } from "./de-project";
import type { Words } from "./en";

const numbers = numbersIn("de");
const { count } = numbers;
const answers = (number: number) => numbers.counted(number, "Antwort", "Antworten");

export const de: Words = {
  language: "de",
  numbers,

  bar: {
    whereYouAre: "Aktuelle Seite",
    role: { admin: "Admin", reviewer: "Prüfung", annotator: "Annotation" },
    switchTo: { light: "Helle Darstellung", dark: "Dunkle Darstellung" },
    asTheSystem: "Hell oder dunkel wie das System",
    language: "Sprache",
    signOut: "Abmelden",
  },

  states: {
    close: "Schließen",
    tryAgain: "Noch einmal versuchen",
    loadAgain: "Neu laden",
    nothingIsLost: "Nichts ist verloren.",
    unreachable:
      "Der Dienst antwortet nicht. Bitte das Netz prüfen; diese Seite macht von selbst weiter, sobald es wieder da ist.",
    toTheProjects: "Zu den Projekten",
    loading: {
      "your session": "Sitzung wird geladen …",
      "your answers": "Antworten werden geladen …",
      "the page": "Seite wird geladen …",
      projects: "Projekte werden geladen …",
      "the project": "Projekt wird geladen …",
      regions: "Regionen werden geladen …",
      "the round": "Runde wird geladen …",
      "the pseudo labels": "Pseudolabels werden geladen …",
      "the image": "Bild wird geladen …",
    },
    missing: {
      page: "Diese Seite gibt es nicht",
      project: "Dieses Projekt gibt es nicht",
      round: "Diese Runde gibt es nicht",
    },
    whyMissing: "Vielleicht wurde sie entfernt, oder das Projekt steht nur seinen Mitgliedern offen.",
    fault: "Diese Seite hat einen Fehler",
    faultIs: (message) =>
      `${message} Die Antworten sind aufgehoben; nach dem Neuladen geht es mit ihnen weiter.`,
  },

  session: {
    noAnswer: "stal antwortet nicht",
    noStorage: "In diesem Browser kann stal keine Antworten aufheben",
    allowStorage:
      "Den privaten Modus verlassen oder dieser Seite erlauben, Daten zu speichern, und die Seite neu laden.",
  },

  outbox: {
    offline: "Ohne Netz",
    waitingForNetwork: (waiting) =>
      `${answers(waiting)} ${numbers.plural(waiting, "wartet", "warten")} auf das Netz`,
    waitingForService: (waiting) =>
      `${answers(waiting)} ${numbers.plural(waiting, "wartet", "warten")} auf den Dienst`,
    notTaken: (refused) => `${answers(refused)} nicht angenommen`,
    read: "Gelesen",
    keptOf: (name, number) =>
      `${answers(number)} von ${name} ${keptHere(number)}, sobald ${name} sich anmeldet.`,
    ownKept: (number) => `${answers(number)} ${keptHere(number)}, nach dem Anmelden.`,
  },

  signIn: {
    lead: "Anmelden, um zu annotieren und Runden zu führen.",
    ended: "Die Sitzung ist abgelaufen.",
    email: "E-Mail",
    password: "Passwort",
    showPassword: "Passwort zeigen oder verbergen",
    submit: "Anmelden",
    noPassword: "Kein Passwort? Ein Admin kann einen Anmelde-Link schicken.",
  },

  projects: {
    title: "Projekte",
    create: "Neues Projekt",
    away: "Die Projekte sind nicht angekommen",
    none: "Noch keine Projekte",
    makeOne:
      "Eines anlegen, eine Quelle mit Labels und ein Ziel ohne Labels importieren und die erste Runde starten.",
    askAnAdmin: "Ein Admin kann Mitglieder zu einem Projekt hinzufügen; es steht dann hier.",
    columns: {
      project: "Projekt",
      images: "Bilder",
      classes: "Klassen",
      round: "Runde",
      answered: "Beantwortet",
      label: "Offen",
    },
    noRound: "noch keine",
    round: (index, state) => `${index}, ${state}`,
    answered: (resolved, asked) => `${count(resolved)} von ${count(asked)}`,
    label: (open) => `${count(open)} annotieren`,
  },

  project,
  label,
  help,
  grid,
  review,
  practice,
  guidelines,
  settings,
};

function keptHere(number: number): string {
  return numbers.plural(
    number,
    "ist in diesem Browser aufgehoben und wird gesendet",
    "sind in diesem Browser aufgehoben und werden gesendet",
  );
}
