/** Which languages the app speaks, and which of them a person reads. */

import { en, type Words } from "./en";

export type Language = "en" | "de";

/** In their own names, as people look for them. */
export const LANGUAGES: readonly (readonly [Language, string])[] = [
  ["en", "English"],
  ["de", "Deutsch"],
];

const STORED = "stal-language";

export function isLanguage(value: unknown): value is Language {
  return LANGUAGES.some(([language]) => language === value);
}

/** What was chosen in this browser, else what it asks for itself, else English. */
export function languageOfBrowser(): Language {
  const stored = globalThis.localStorage.getItem(STORED);
  if (isLanguage(stored)) return stored;
  const asked = globalThis.navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase());
  return asked.find(isLanguage) ?? "en";
}

export function keepLanguage(language: Language): void {
  globalThis.localStorage.setItem(STORED, language);
}

/** A language's words. English is always here; another comes when it is asked for, and English stands in if it fails. */
export async function wordsIn(language: Language): Promise<Words> {
  switch (language) {
    case "en":
      return en;
    case "de":
      return import("./de").then(
        ({ de }) => de,
        () => en,
      );
  }
}
