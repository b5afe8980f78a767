import { Anchor, Button, Group, Table, Text, Title } from "@mantine/core";
import { useMemo } from "react";
import { Link } from "react-router";
import type { ProjectView } from "../../api/types";
import { scoreOf } from "../../domain/practice";
import type { Answered } from "../../state/practice";
import { useWords } from "../../words/use-words";
import { Named } from "../lesson/named";
import { useOwnKeys } from "../use-own-keys";
import type { Names } from "../lesson/use-names";

interface Props {
  readonly project: ProjectView;
  readonly done: readonly Answered[];
  readonly names: Names;
  readonly again: () => void;
}

/** How it went, class by class, and what was taken for what. */
export function Score({ project, done, names, again }: Props) {
  const { practice: words, help } = useWords();
  const score = useMemo(() => scoreOf(done), [done]);
  useOwnKeys({ enter: again });
  const isOpen = project.current_round?.state === "labelling";
  return (
    <main className="page" style={{ maxWidth: 720 }} data-testid="score">
      <div role="status">
        <Title order={1}>{words.score(score.right, score.asked)}</Title>
        <Text className="quiet" mb="md">
          {words.scoreIs} {score.unanswered > 0 && words.unanswered(score.unanswered)}
        </Text>
      </div>
      <div className="panel">
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{words.columns.class}</Table.Th>
              <Table.Th ta="right">{words.columns.right}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {score.classes.map(({ classId, right, asked }) => (
              <Table.Tr key={classId}>
                <Table.Td>
                  <Named classId={classId} names={names} />
                </Table.Td>
                <Table.Td ta="right">{words.ofAsked(right, asked)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
      <section className="panel" style={{ marginTop: 16 }} aria-labelledby="confusions">
        <Title order={2} id="confusions" mb={6}>
          {words.confusions}
        </Title>
        {score.mistakes.length === 0 && <Text className="quiet">{words.noConfusions}</Text>}
        {score.mistakes.map(({ known, given, times }) => (
          <Text key={`${known} ${given}`}>
            {words.confusion(names.nameOf(known), names.nameOf(given), times)}
          </Text>
        ))}
      </section>
      <Group mt="lg" gap="lg">
        <Button onClick={again} rightSection={<kbd className="key on-accent">{help.caps.enter}</kbd>}>
          {words.again}
        </Button>
        {isOpen && (
          <Button variant="default" component={Link} to={`/projects/${project.slug}/label`}>
            {words.toTheRound}
          </Button>
        )}
        <Anchor component={Link} to={`/projects/${project.slug}`}>
          {words.toTheProject}
        </Anchor>
      </Group>
    </main>
  );
}
