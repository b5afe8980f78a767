import { Text } from "@mantine/core";
import type { Told } from "../../state/told";
import { useWords } from "../../words/use-words";

/** When it was said and in which round, and what is to be known of it. */
export function Standing({ told, isBegun = false }: { told: Told; isBegun?: boolean }) {
  const { review, numbers } = useWords();
  const { saidAt, roundIndex, canChange, isOpinion } = told;
  const facts = [
    roundIndex === null ? null : review.round(roundIndex),
    saidAt === null ? review.waits : numbers.moment(saidAt),
  ].filter((fact) => fact !== null);
  return (
    <>
      <Text span size="xs" className="quiet">
        {facts.join(" · ")}
      </Text>
      {canChange && isBegun && (
        <Text span size="xs" className="quiet">
          {review.begun}
        </Text>
      )}
      {!canChange && (
        <Text span size="xs" className="quiet">
          {review.onlyToLookAt}
        </Text>
      )}
      {isOpinion && (
        <Text span size="xs" className="quiet">
          {review.opinion}
        </Text>
      )}
    </>
  );
}
