import { Anchor, Button, Group, Table, Title, VisuallyHidden } from "@mantine/core";
import { useDisclosure, useDocumentTitle } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import type { ProjectView } from "../../api/types";
import { projectsQuery } from "../../state/queries";
import { useWords } from "../../words/use-words";
import { Bar } from "../bar";
import { useSession } from "../session";
import { Failed, Loading, Notice } from "../states";
import { NewProject } from "./new-project";

export default function ProjectsPage() {
  const { projects: words } = useWords();
  useDocumentTitle(`${words.title} · stal`);
  const { user } = useSession();
  const projects = useQuery(projectsQuery);
  const [opened, form] = useDisclosure(false);
  const mayCreate = user.role === "admin";
  return (
    <>
      <Bar crumbs={[{ label: words.title }]} />
      <main className="page">
        <Group justify="space-between" mb="md">
          <Title order={1}>{words.title}</Title>
          {mayCreate && <Button onClick={form.open}>{words.create}</Button>}
        </Group>
        {projects.data !== undefined ? (
          <List projects={projects.data} mayCreate={mayCreate} />
        ) : projects.error !== null ? (
          <Failed title={words.away} error={projects.error} retry={() => void projects.refetch()} />
        ) : (
          <Loading what="projects" />
        )}
      </main>
      {mayCreate && <NewProject opened={opened} onClose={form.close} />}
    </>
  );
}

function List({ projects, mayCreate }: { projects: readonly ProjectView[]; mayCreate: boolean }) {
  const { projects: words } = useWords();
  const { columns } = words;
  if (projects.length === 0) {
    return <Notice title={words.none}>{mayCreate ? words.makeOne : words.askAnAdmin}</Notice>;
  }
  return (
    <div className="panel" style={{ paddingBlock: 4 }}>
      <Table verticalSpacing="sm" horizontalSpacing="md">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{columns.project}</Table.Th>
            <Table.Th ta="right">{columns.images}</Table.Th>
            <Table.Th ta="right">{columns.classes}</Table.Th>
            <Table.Th>{columns.round}</Table.Th>
            <Table.Th ta="right">mIoU</Table.Th>
            <Table.Th ta="right">{columns.answered}</Table.Th>
            <Table.Th>
              <VisuallyHidden>{columns.label}</VisuallyHidden>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {projects.map((project) => (
            <Row key={project.id} project={project} />
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function Row({ project }: { project: ProjectView }) {
  const { projects: words, project: ofProject, numbers } = useWords();
  const round = project.current_round;
  const open = round?.state === "labelling" ? round.num_queries - round.num_resolved : 0;
  return (
    <Table.Tr>
      <Table.Td>
        <Anchor component={Link} to={`/projects/${project.slug}`} fw={600}>
          {project.name}
        </Anchor>
      </Table.Td>
      <Table.Td ta="right">{numbers.count(project.images.total)}</Table.Td>
      <Table.Td ta="right">{project.classes.length}</Table.Td>
      <Table.Td>
        {round === null ? (
          <span className="quiet">{words.noRound}</span>
        ) : (
          words.round(round.round_index, ofProject.state[round.state])
        )}
      </Table.Td>
      <Table.Td ta="right">{numbers.percent(round?.miou)}</Table.Td>
      <Table.Td ta="right">
        {round === null || round.num_queries === 0
          ? "–"
          : words.answered(round.num_resolved, round.num_queries)}
      </Table.Td>
      <Table.Td ta="right" w={130}>
        {open > 0 && (
          <Button component={Link} to={`/projects/${project.slug}/label`} size="compact-sm">
            {words.label(open)}
          </Button>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
