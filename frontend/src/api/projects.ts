import { client, dataOf, dataOrNone } from "./client";
import type {
  ExamplesView,
  JobView,
  MemberView,
  NewImport,
  NewProject,
  Progress,
  ProjectChange,
  ProjectView,
} from "./types";

export async function listProjects(): Promise<ProjectView[]> {
  return (await dataOf(client.GET("/api/v1/projects"))).items;
}

export function getProject(slug: string): Promise<ProjectView> {
  return dataOf(client.GET("/api/v1/projects/{slug}", { params: { path: { slug } } }));
}

/** A new project with the installation's defaults for its rounds. */
export function createProject(body: Pick<NewProject, "slug" | "name" | "classes">): Promise<ProjectView> {
  return dataOf(client.POST("/api/v1/projects", { body }));
}

/** Refused with `stale_revision` where somebody else has changed the project meanwhile. */
export function changeProject(slug: string, body: ProjectChange): Promise<ProjectView> {
  return dataOf(client.PATCH("/api/v1/projects/{slug}", { params: { path: { slug } }, body }));
}

/** Regions that people have answered with a class, and regions that only the teacher took for it. */
export function getExamples(slug: string, classId: number): Promise<ExamplesView> {
  const params = { path: { slug, class_id: classId } };
  return dataOf(client.GET("/api/v1/projects/{slug}/classes/{class_id}/examples", { params }));
}

export function getProgress(slug: string): Promise<Progress> {
  return dataOf(client.GET("/api/v1/projects/{slug}/progress", { params: { path: { slug } } }));
}

export async function listMembers(slug: string): Promise<MemberView[]> {
  return (await dataOf(client.GET("/api/v1/projects/{slug}/members", { params: { path: { slug } } }))).items;
}

export function addMember(slug: string, email: string): Promise<MemberView> {
  return dataOf(
    client.POST("/api/v1/projects/{slug}/members", { params: { path: { slug } }, body: { email } }),
  );
}

export async function removeMember(slug: string, userId: string): Promise<void> {
  await dataOrNone(
    client.DELETE("/api/v1/projects/{slug}/members/{user_id}", {
      params: { path: { slug, user_id: userId } },
    }),
  );
}

export function startImport(slug: string, body: NewImport): Promise<JobView> {
  return dataOf(client.POST("/api/v1/projects/{slug}/imports", { params: { path: { slug } }, body }));
}

export async function listJobs(slug: string): Promise<JobView[]> {
  const params = { path: { slug }, query: { limit: 20 } };
  return (await dataOf(client.GET("/api/v1/projects/{slug}/jobs", { params }))).items;
}
