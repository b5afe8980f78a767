import { Text, Title } from "@mantine/core";
import type { LabelClassView } from "../../api/types";
import { useWords } from "../../words/use-words";
import { ClassName } from "./class-name";
import { Examples } from "./examples";
import classes from "./guidelines.module.css";

interface Props {
  projectSlug: string;
  labelClass: LabelClassView;
}

/** What counts as a class: what was written, what people have answered with it, and what it is taken for. */
export function GuidelineCard({ projectSlug, labelClass }: Props) {
  const { guidelines: words } = useWords();
  const { guideline } = labelClass;
  return (
    <article className={classes["card"]}>
      <Title order={2} className={classes["name"]}>
        <ClassName labelClass={labelClass} />
      </Title>
      {guideline === "" ? (
        <Text className="quiet">{words.unwritten}</Text>
      ) : (
        <Text className={classes["text"]}>{guideline}</Text>
      )}
      <Examples projectSlug={projectSlug} labelClass={labelClass} />
    </article>
  );
}
