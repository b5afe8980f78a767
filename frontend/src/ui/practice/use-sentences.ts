import { useCallback } from "react";
import { IGNORE_INDEX } from "../../domain/classes";
import { shareOf } from "../../domain/practice";
import type { Answered } from "../../state/practice";
import { useWords } from "../../words/use-words";
import type { Names } from "../lesson/use-names";

/** What is to be said of an answer, beginning with how right it is. */
export function useSentences({ nameOf }: Names): (answered: Answered) => readonly string[] {
  const { practice: words } = useWords();
  return useCallback(
    ({ truth, given, verdict: { outcome, share, mistake } }: Answered) => {
      const known = nameOf(truth.dominant);
      const isMixed = truth.pixels.some((one) => one !== truth.dominant && one !== IGNORE_INDEX);
      const first = `${words.outcome[outcome]}.`;
      if (given !== null && "pixels" in given) {
        const wrong =
          mistake === null ? [] : [words.drawnWrong(nameOf(mistake.known), nameOf(mistake.given))];
        return [first, words.drawnShare(share), ...wrong];
      }
      const name = mistake === null ? words.is(known) : words.isNot(known, nameOf(mistake.given));
      return isMixed
        ? [first, name, words.mostly(shareOf(truth.pixels, truth.dominant), known)]
        : [first, name];
    },
    [nameOf, words],
  );
}
