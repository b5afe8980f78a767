import { Anchor, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { messageOf } from "../../../api/problem";
import { peopleQuery } from "../../../state/queries";
import { biasInWords, intervalOf } from "./bias";
import { IntervalPicture } from "./interval-picture";
import { PeopleTable } from "./people-table";
import classes from "./people.module.css";

/** Who has answered how much and how, and what suggestions do to their answers. */
export function People({ slug }: { slug: string }) {
  const people = useQuery(peopleQuery(slug));
  const interval = people.data === undefined ? null : intervalOf(people.data);
  return (
    <section lang="en" className="panel" aria-label="People">
      <Title order={2} mb="sm">
        People
      </Title>
      {people.data === undefined ? (
        people.error !== null && (
          <Text className="bad" role="alert">
            {messageOf(people.error)}{" "}
            <Anchor component="button" type="button" onClick={() => void people.refetch()}>
              Try again
            </Anchor>
          </Text>
        )
      ) : people.data.total.answers === 0 ? (
        <Text className="quiet">
          Nobody has answered yet. {people.data.items.length === 0 && "Add people below. "}
          Pace and agreement appear here with the first answer.
        </Text>
      ) : (
        <>
          <PeopleTable {...people.data} />
          <div className={classes["bias"]}>
            <Text>
              <strong>Automation bias.</strong> {biasInWords(people.data)}
            </Text>
            {interval !== null && <IntervalPicture interval={interval} />}
          </div>
        </>
      )}
    </section>
  );
}
