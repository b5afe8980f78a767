import { createContext, use } from "react";
import { en, type Words } from "./en";

export const WordsContext = createContext<Words>(en);

/** Everything that the app says, in the reader's language: `useWords().projects.title`. */
export function useWords(): Words {
  return use(WordsContext);
}
