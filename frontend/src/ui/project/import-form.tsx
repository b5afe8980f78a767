import { Button, Group, Select, Stack, Text, TextInput, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { messageOf } from "../../api/problem";
import { startImport } from "../../api/projects";
import type { JobView, NewImport } from "../../api/types";
import { jobsQuery, keys } from "../../state/queries";
import { LiveJob } from "./live-job";

const DOMAINS = ["source", "target"] as const;
const FORMATS = { cityscapes: "Cityscapes", gtav: "GTAV", synthia: "SYNTHIA" } as const;
type Format = keyof typeof FORMATS;

/** Import folders that the worker can read. */
export function ImportForm({ slug }: { slug: string }) {
  const [format, setFormat] = useState<Format | null>(null);
  const client = useQueryClient();
  const jobs = useQuery(jobsQuery(slug));
  const start = useMutation({
    mutationFn: (body: NewImport) => startImport(slug, body),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.project(slug) }),
  });
  const submit = (event: SyntheticEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const domain = DOMAINS.find((one) => one === data.get("domain")) ?? null;
    const path = data.get("path");
    if (typeof path === "string") start.mutate({ path: path.trim(), domain, format });
  };
  const imports = (jobs.data ?? []).filter((job) => job.kind === "import_dataset");
  return (
    <section lang="en" className="panel" id="import" aria-label="Import">
      <Title order={2} mb="xs">
        Import
      </Title>
      <form onSubmit={submit}>
        <Stack gap="sm">
          <TextInput
            name="path"
            label="Folder, as the worker sees it"
            description={
              format === null
                ? "With domain/images/split and domain/labels/split in it, or one domain's own folder"
                : "As its makers give it; its labels find this project's classes by their names"
            }
            placeholder="/data/streets"
            required
          />
          <Group align="end">
            <Select
              label="Layout"
              flex={1}
              value={format ?? "folders"}
              allowDeselect={false}
              data={[
                { value: "folders", label: "Folders by domain" },
                ...Object.entries(FORMATS).map(([value, label]) => ({ value, label })),
              ]}
              onChange={(value) => setFormat(isFormat(value) ? value : null)}
            />
            <Select
              key={format === null ? "any" : "one"}
              name="domain"
              label="Domain"
              flex={1}
              defaultValue={format === null ? "both" : "source"}
              allowDeselect={false}
              data={[
                ...(format === null ? [{ value: "both", label: "Both, by folder name" }] : []),
                { value: "source", label: "Source: labelled, another look" },
                { value: "target", label: "Target: to adapt to" },
              ]}
            />
            <Button type="submit" variant="default" loading={start.isPending}>
              Import
            </Button>
          </Group>
          {start.error !== null && (
            <Text className="bad" role="alert">
              {messageOf(start.error)}
            </Text>
          )}
        </Stack>
      </form>
      {imports.slice(0, 3).map((job) => (
        <ImportJob key={job.id} slug={slug} job={job} />
      ))}
    </section>
  );
}

function isFormat(value: string | null): value is Format {
  return value !== null && value in FORMATS;
}

function ImportJob({ slug, job }: { slug: string; job: JobView }) {
  const started = new Date(job.created_at).toLocaleString("en-GB", {
    dateStyle: "medium",
    timeStyle: "short",
  });
  if (job.state === "queued" || job.state === "running") {
    return (
      <div style={{ marginTop: 16 }}>
        <LiveJob slug={slug} job={job} />
      </div>
    );
  }
  return (
    <Text size="xs" mt="sm" className={job.state === "failed" ? "bad" : "quiet"}>
      {started}: {job.state === "succeeded" ? `done${summary(job.result)}` : (job.error ?? job.state)}
    </Text>
  );
}

function summary(result: JobView["result"]): string {
  const parts = Object.entries(result ?? {}).filter(([, value]) => typeof value === "number");
  return parts.length === 0
    ? ""
    : `, ${parts.map(([name, value]) => `${String(value)} ${name.replaceAll("_", " ")}`).join(", ")}`;
}
