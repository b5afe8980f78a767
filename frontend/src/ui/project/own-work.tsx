import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { myStatisticsQuery } from "../../state/queries";
import { useWords } from "../../words/use-words";

/** What the reader has done here, in a line. */
export function OwnWork({ slug }: { slug: string }) {
  const { own: words } = useWords().project;
  const mine = useQuery(myStatisticsQuery(slug)).data;
  if (mine === undefined) return null;
  const { answers, active_seconds, answers_per_minute, accepted_share } = mine;
  return (
    <Text className="quiet" data-testid="own-work">
      {answers === 0
        ? words.nothing
        : words.work(answers, active_seconds, answers_per_minute, accepted_share)}
    </Text>
  );
}
