import { Anchor, Button, Group, Table, Title } from "@mantine/core";
import { useDisclosure, useDocumentTitle } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import type { ProjectView } from "../../api/types";
import { percent } from "../../domain/words";
import { projectsQuery } from "../../state/queries";
import { Bar } from "../bar";
import { useSession } from "../session";
import { Failed, Loading, Notice } from "../states";
import { NewProject } from "./new-project";

export default function ProjectsPage() {
  useDocumentTitle("Projects · stal");
  const { user } = useSession();
  const projects = useQuery(projectsQuery);
  const [opened, form] = useDisclosure(false);
  const mayCreate = user.role === "admin";
  return (
    <>
      <Bar crumbs={[{ label: "Projects" }]} />
      <main className="page">
        <Group justify="space-between" mb="md">
          <Title order={1}>Projects</Title>
          {mayCreate && <Button onClick={form.open}>New project</Button>}
        </Group>
        {projects.data !== undefined ? (
          <List projects={projects.data} mayCreate={mayCreate} />
        ) : projects.error !== null ? (
          <Failed
            title="The projects did not come"
            error={projects.error}
            retry={() => void projects.refetch()}
          />
        ) : (
          <Loading what="projects" />
        )}
      </main>
      {mayCreate && <NewProject opened={opened} onClose={form.close} />}
    </>
  );
}

function List({ projects, mayCreate }: { projects: readonly ProjectView[]; mayCreate: boolean }) {
  if (projects.length === 0) {
    return (
      <Notice title="No projects yet">
        {mayCreate
          ? "Make one, import a labelled source and an unlabelled target, and start the first round."
          : "Ask an admin to add you to a project; it is then shown here."}
      </Notice>
    );
  }
  return (
    <div className="panel" style={{ paddingBlock: 4 }}>
      <Table verticalSpacing="sm" horizontalSpacing="md">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Project</Table.Th>
            <Table.Th ta="right">Images</Table.Th>
            <Table.Th ta="right">Classes</Table.Th>
            <Table.Th>Round</Table.Th>
            <Table.Th ta="right">mIoU</Table.Th>
            <Table.Th ta="right">Answered</Table.Th>
            <Table.Th />
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
  const round = project.current_round;
  const open = round?.state === "labelling" ? round.num_queries - round.num_resolved : 0;
  return (
    <Table.Tr>
      <Table.Td>
        <Anchor component={Link} to={`/projects/${project.slug}`} fw={600}>
          {project.name}
        </Anchor>
      </Table.Td>
      <Table.Td ta="right">{project.images.total.toLocaleString("en")}</Table.Td>
      <Table.Td ta="right">{project.classes.length}</Table.Td>
      <Table.Td>
        {round === null ? <span className="quiet">none yet</span> : `${round.round_index}, ${round.state}`}
      </Table.Td>
      <Table.Td ta="right">{percent(round?.miou)}</Table.Td>
      <Table.Td ta="right">
        {round === null || round.num_queries === 0 ? "–" : `${round.num_resolved} of ${round.num_queries}`}
      </Table.Td>
      <Table.Td ta="right" w={130}>
        {open > 0 && (
          <Button component={Link} to={`/projects/${project.slug}/label`} size="compact-sm">
            Label {open}
          </Button>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
