import { Anchor, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ExampleView, LabelClassView } from "../../api/types";
import { readable } from "../../domain/classes";
import { examplesQuery, projectQuery } from "../../state/queries";
import { useWords } from "../../words/use-words";
import { ExampleCrop } from "../example-crop";
import classes from "./guidelines.module.css";

interface Props {
  projectSlug: string;
  labelClass: LabelClassView;
  /** Of a crop, CSS px. */
  size?: number;
}

/** What people have answered with a class, and what only the teacher took for it. */
export function Examples({ projectSlug, labelClass, size = 84 }: Props) {
  const { guidelines: words, language, states } = useWords();
  const examples = useQuery(examplesQuery(projectSlug, labelClass.class_id));
  const project = useQuery(projectQuery(projectSlug)).data;
  const name = readable(labelClass.name);
  if (examples.data === undefined) {
    return examples.error === null ? null : (
      <Text className="quiet" role="status" lang={language}>
        {words.examplesAway}{" "}
        <Anchor component="button" type="button" onClick={() => void examples.refetch()}>
          {states.tryAgain}
        </Anchor>
      </Text>
    );
  }
  const { positive, negative } = examples.data;
  const taken = (example: ExampleView) => {
    const answered = project?.classes.find(({ class_id }) => class_id === example.class_id);
    return words.taken(name, readable(answered?.name ?? String(example.class_id)));
  };
  return (
    <div className={classes["examples"]} lang={language}>
      <section aria-label={words.is(name)}>
        <Title order={3}>{words.is(name)}</Title>
        {positive.length === 0 && <Text className="quiet">{words.noExamples}</Text>}
        <ul>
          {positive.map((example) => (
            <li key={example.query_id}>
              <ExampleCrop example={example} size={size} says={words.is(name)} />
            </li>
          ))}
        </ul>
      </section>
      {negative.length > 0 && (
        <section aria-label={words.isNot(name)}>
          <Title order={3}>{words.isNot(name)}</Title>
          <ul>
            {negative.map((example) => (
              <li key={example.query_id} style={{ width: size }}>
                <ExampleCrop example={example} size={size} says={taken(example)} />
                <Text size="xs" aria-hidden>
                  {taken(example)}
                </Text>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}
