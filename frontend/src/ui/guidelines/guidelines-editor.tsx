import { Button, Group, Modal, Text, Textarea } from "@mantine/core";
import { isProblem, messageOf } from "../../api/problem";
import type { LabelClassView, ProjectView } from "../../api/types";
import { readable } from "../../domain/classes";
import { counted } from "../../domain/words";
import { ClassName } from "./class-name";
import { ClassTabs } from "./class-tabs";
import { Examples } from "./examples";
import classes from "./guidelines.module.css";
import { useDrafts, type Drafts } from "./use-drafts";

/** As many characters as the API takes. */
const MOST = 4000;

interface Props {
  project: ProjectView;
  opened: boolean;
  onClose: () => void;
}

/** What people are told of each class, written by admins. Closing it keeps what is not saved yet. */
export function GuidelinesEditor({ project, opened, onClose }: Props) {
  const drafts = useDrafts(project);
  return (
    <Modal lang="en" opened={opened} onClose={onClose} title="Guidelines" size={920}>
      <Text className="quiet" mb="md">
        What people are told of each class while they label. Say where it ends, and what it is taken for.
      </Text>
      <ClassTabs
        labelClasses={project.classes}
        mark={(one) => drafts.isChanged(one) && <span className="quiet">edited</span>}
      >
        {(one) => <ClassEditor project={project} labelClass={one} drafts={drafts} />}
      </ClassTabs>
      <div className={classes["footer"]}>
        <Problem drafts={drafts} />
        <Group justify="flex-end">
          <Text className="quiet" role="status">
            {drafts.isSaved && "Saved. People see it from now on."}
          </Text>
          <Button variant="default" disabled={!drafts.isDirty} onClick={drafts.discard}>
            Discard changes
          </Button>
          <Button disabled={!drafts.isDirty} loading={drafts.isSaving} onClick={drafts.save}>
            Save
          </Button>
        </Group>
      </div>
    </Modal>
  );
}

interface ClassProps {
  project: ProjectView;
  labelClass: LabelClassView;
  drafts: Drafts;
}

function ClassEditor({ project, labelClass, drafts }: ClassProps) {
  const text = drafts.textOf(labelClass);
  const theirs = drafts.theirs(labelClass);
  return (
    <div className={classes["card"]}>
      <Textarea
        label={<ClassName labelClass={labelClass}>What counts as {readable(labelClass.name)}</ClassName>}
        labelProps={{ className: classes["name"], mb: 6 }}
        description={`${counted(MOST - text.length, "character")} left`}
        inputWrapperOrder={["label", "input", "description"]}
        rows={7}
        resize="vertical"
        maxLength={MOST}
        value={text}
        onChange={(event) => drafts.write(labelClass, event.currentTarget.value)}
      />
      {theirs !== null && (
        <div className={classes["theirs"]}>
          <Text className={classes["text"] ?? ""}>
            <strong>Somebody else has written:</strong> {theirs === "" ? "nothing" : theirs}
          </Text>
          <Button variant="default" size="compact-sm" onClick={() => drafts.takeTheirs(labelClass)}>
            Take theirs
          </Button>
        </div>
      )}
      <Examples projectSlug={project.slug} labelClass={labelClass} />
    </div>
  );
}

/** Why it was not saved, and what can be done. */
function Problem({ drafts }: { drafts: Drafts }) {
  const { error } = drafts;
  if (error === null) return null;
  if (!isProblem(error, "stale_revision")) {
    return (
      <Text className="bad" role="alert">
        {messageOf(error)} Your text is still here.
      </Text>
    );
  }
  return (
    <Group role="alert" justify="space-between">
      <Text className="bad" flex={1} miw={300}>
        Not saved: somebody else has changed the project since you began. Your text is still here; look at
        theirs, then save again.
      </Text>
      <Button onClick={drafts.catchUp}>Show what has changed</Button>
    </Group>
  );
}
