/**
 * All that the app says, in English: the source of truth, whose shape other languages must have.
 *
 * What only admins see stays English in its components for now, marked `lang="en"`: the forms for projects, rounds,
 * imports and members, and the inspector. So do the server's own sentences (problems, the messages of jobs).
 */

import { numbersIn } from "../domain/words";
import { grid, guidelines, help, label, settings } from "./en-label";
import { practice, review } from "./en-lessons";
import { project } from "./en-project";

const numbers = numbersIn("en-GB");
const { count } = numbers;

export const en = {
  /** As `<html lang>` has it. */
  language: "en",
  /** Numbers as the language writes them. */
  numbers,

  bar: {
    whereYouAre: "Where you are",
    role: { admin: "admin", reviewer: "reviewer", annotator: "annotator" },
    switchTo: { light: "Switch to light", dark: "Switch to dark" },
    asTheSystem: "Light or dark as the system",
    language: "Language",
    signOut: "Sign out",
  },

  states: {
    close: "Close",
    tryAgain: "Try again",
    loadAgain: "Load again",
    nothingIsLost: "Nothing you did is lost.",
    unreachable:
      "The service does not answer. Check the network; this page goes on by itself when it is back.",
    toTheProjects: "To the projects",
    /** By what is loaded. */
    loading: {
      "your session": "Loading your session…",
      "your answers": "Loading your answers…",
      "the page": "Loading the page…",
      projects: "Loading projects…",
      "the project": "Loading the project…",
      regions: "Loading regions…",
      "the round": "Loading the round…",
      "the pseudo labels": "Loading the pseudo labels…",
      "the image": "Loading the image…",
    },
    /** By what does not exist. */
    missing: {
      page: "There is no such page",
      project: "There is no such project",
      round: "There is no such round",
    },
    whyMissing: "It may have been removed, or you are not a member of its project.",
    fault: "This page has a fault",
    faultIs: (message: string) =>
      `${message} Your answers are kept; loading the page again goes on with them.`,
  },

  session: {
    noAnswer: "stal does not answer",
    noStorage: "This browser does not let stal keep answers",
    allowStorage: "Leave private browsing, or allow this site to store data, and load the page again.",
  },

  outbox: {
    offline: "Offline",
    waitingForNetwork: (waiting: number) => `${answers(waiting)} waiting for the network`,
    waitingForService: (waiting: number) => `${answers(waiting)} waiting for the service`,
    notTaken: (refused: number) => `${answers(refused)} not taken`,
    read: "I have read this",
    /** What becomes of answers of somebody who is not signed in. */
    keptOf: (name: string, number: number) =>
      `${answers(number)} of ${name} ${keptHere(number)} when ${name} signs in.`,
    ownKept: (number: number) => `${answers(number)} ${keptHere(number)} when you sign in.`,
  },

  signIn: {
    lead: "Sign in to label and to run rounds.",
    ended: "Your session has ended.",
    email: "E-mail",
    password: "Password",
    showPassword: "Show or hide the password",
    submit: "Sign in",
    noPassword: "No password? Ask an admin for a sign-in link.",
  },

  projects: {
    title: "Projects",
    create: "New project",
    away: "The projects did not come",
    none: "No projects yet",
    makeOne: "Make one, import a labelled source and an unlabelled target, and start the first round.",
    askAnAdmin: "Ask an admin to add you to a project; it is then shown here.",
    columns: {
      project: "Project",
      images: "Images",
      classes: "Classes",
      round: "Round",
      answered: "Answered",
      label: "To label",
    },
    noRound: "none yet",
    round: (index: number, state: string) => `${index}, ${state}`,
    answered: (resolved: number, asked: number) => `${count(resolved)} of ${count(asked)}`,
    label: (open: number) => `Label ${count(open)}`,
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

export type Words = typeof en;

/** Something to be said, where nobody knows yet in which language: state says it so, and screens read it out. */
export type Saying = (words: Words) => string;

function keptHere(number: number): string {
  return numbers.plural(
    number,
    "is kept in this browser and is sent",
    "are kept in this browser and are sent",
  );
}

function answers(count: number): string {
  return numbers.counted(count, "answer");
}
