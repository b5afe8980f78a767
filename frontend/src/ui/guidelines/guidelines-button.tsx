import { Button } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import type { ProjectView } from "../../api/types";
import { useWords } from "../../words/use-words";
import { GuidelinesEditor } from "./guidelines-editor";
import { GuidelinesModal } from "./guidelines-modal";

/** To what counts as which class: for admins to write, for others to read. */
export function GuidelinesButton({ project, mayWrite }: { project: ProjectView; mayWrite: boolean }) {
  const { guidelines: words } = useWords();
  const [opened, { open, close }] = useDisclosure(false);
  return (
    <>
      <Button variant="default" onClick={open}>
        {words.title}
      </Button>
      {mayWrite ? (
        <GuidelinesEditor project={project} opened={opened} onClose={close} />
      ) : (
        <GuidelinesModal slug={project.slug} classes={project.classes} opened={opened} onClose={close} />
      )}
    </>
  );
}
