import { MantineThemeProvider, type MantineThemeOverride } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { createContext, use, useEffect, useState, type ReactNode } from "react";
import { meQuery, preferencesQuery } from "../state/queries";
import { en, type Words } from "../words/en";
import { keepLanguage, languageOfBrowser, wordsIn, type Language } from "../words/language";
import { WordsContext } from "../words/use-words";

type Choose = (language: Language) => void;
const ChooseContext = createContext<Choose>(() => undefined);

/** Speak another language from now on, in this browser. */
export function useChooseLanguage(): Choose {
  return use(ChooseContext);
}

/** Gives everything below its words: as the person prefers, else as this browser does. */
export function Speaking({ children }: { children: ReactNode }) {
  const { data: user } = useQuery({ ...meQuery, enabled: false });
  const { data: preferences } = useQuery({ ...preferencesQuery(user?.id ?? ""), enabled: false });
  const [chosen, setChosen] = useState<Language | null>(null);
  const [ofBrowser] = useState(languageOfBrowser);
  const language = chosen ?? preferences?.language ?? ofBrowser;
  const [words, setWords] = useState<Words | null>(language === "en" ? en : null);
  useEffect(() => {
    let ended = false;
    void wordsIn(language).then((loaded) => {
      if (ended) return;
      document.documentElement.lang = loaded.language;
      setWords(loaded);
    });
    return () => {
      ended = true;
    };
  }, [language]);
  const choose = (next: Language) => {
    keepLanguage(next);
    setChosen(next);
  };
  // Nothing, for the moment that the words take to come: a flash of English would only disturb.
  return words === null ? null : (
    <ChooseContext value={choose}>
      <WordsContext value={words}>
        <MantineThemeProvider theme={named(words)}>{children}</MantineThemeProvider>
      </WordsContext>
    </ChooseContext>
  );
}

/** Words of Mantine's own parts: the cross of a dialogue has no name of its own. */
function named({ states }: Words): MantineThemeOverride {
  return {
    components: { Modal: { defaultProps: { closeButtonProps: { "aria-label": states.close } } } },
  };
}
