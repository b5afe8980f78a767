import { Modal, Text } from "@mantine/core";
import type { LabelClassView } from "../../api/types";
import { useWords } from "../../words/use-words";
import { ClassTabs } from "./class-tabs";
import { GuidelineCard } from "./guideline-card";

interface Props {
  slug: string;
  classes: readonly LabelClassView[];
  opened: boolean;
  onClose: () => void;
}

/** What counts as which class, over whatever page asks. Nothing is asked for before it is opened. */
export function GuidelinesModal({ slug, classes, opened, onClose }: Props) {
  const { guidelines: words } = useWords();
  const isWritten = classes.some(({ guideline }) => guideline !== "");
  return (
    <Modal opened={opened} onClose={onClose} title={words.title} size={920}>
      <Text className="quiet" mb="md">
        {isWritten ? words.lead : words.none}
      </Text>
      <ClassTabs labelClasses={classes}>
        {(one) => <GuidelineCard projectSlug={slug} labelClass={one} />}
      </ClassTabs>
    </Modal>
  );
}
