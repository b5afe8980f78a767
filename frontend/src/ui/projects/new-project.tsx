import {
  Button,
  ColorInput,
  Group,
  Modal,
  ScrollArea,
  Select,
  Stack,
  Table,
  Text,
  TextInput,
} from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { useNavigate } from "react-router";
import { messageOf } from "../../api/problem";
import { createProject } from "../../api/projects";
import { keys } from "../../state/queries";
import { AlikeColors } from "../alike-colors";
import { freshColor, PRESETS, type PresetName } from "./presets";

interface Row {
  readonly name: string;
  readonly color: string;
  readonly hotkey: string;
}

const rowsOf = (preset: PresetName): Row[] =>
  PRESETS[preset].classes.map(([name, color]) => ({ name, color, hotkey: "" }));

/** Anything less is still being typed. */
const COLOR = /^#[0-9a-f]{6}$/i;

/** The address of a project, made of its name. */
function slugOf(name: string): string {
  const words =
    name
      .normalize("NFKD")
      .toLowerCase()
      .match(/[a-z0-9]+/g) ?? [];
  return words.join("-").slice(0, 63).replace(/-$/, "");
}

export function NewProject({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const [name, setName] = useState("");
  const [slug, setSlug] = useState<string | null>(null);
  const [preset, setPreset] = useState<PresetName>("camvid");
  const [rows, setRows] = useState(() => rowsOf("camvid"));
  const client = useQueryClient();
  const navigate = useNavigate();
  const create = useMutation({
    mutationFn: () =>
      createProject({
        name,
        slug: slug ?? slugOf(name),
        classes: rows.map((row, class_id) => ({
          ...row,
          class_id,
          hotkey: row.hotkey === "" ? null : row.hotkey,
        })),
      }),
    onSuccess: (project) => {
      void client.invalidateQueries({ queryKey: keys.projects });
      void navigate(`/projects/${project.slug}`);
    },
  });
  const change = (nth: number, part: Partial<Row>) =>
    setRows(rows.map((row, place) => (place === nth ? { ...row, ...part } : row)));
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    create.mutate();
  };
  return (
    <Modal lang="en" opened={opened} onClose={onClose} title="New project" size="lg">
      <Stack component="form" gap="md" onSubmit={submit}>
        <Group grow align="start">
          <TextInput
            label="Name"
            required
            data-autofocus
            value={name}
            onChange={(e) => setName(e.target.value)}
          />
          <TextInput
            label="Address"
            required
            value={slug ?? slugOf(name)}
            onChange={(e) => setSlug(e.target.value)}
            pattern="[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?"
            title="Lower-case letters, digits and hyphens"
          />
        </Group>
        <Select
          label="Classes"
          description="Their number is fixed once the project exists; names, colours and keys can change."
          allowDeselect={false}
          value={preset}
          data={Object.entries(PRESETS).map(([value, { title }]) => ({ value, label: title }))}
          onChange={(value) => {
            if (value === null || !isPreset(value)) return;
            setPreset(value);
            setRows(rowsOf(value));
          }}
        />
        <ScrollArea.Autosize mah={300} type="auto">
          <Table verticalSpacing={3}>
            <Table.Tbody>
              {rows.map((row, nth) => (
                <Table.Tr key={nth}>
                  <Table.Td className="quiet" w={36}>
                    {nth}
                  </Table.Td>
                  <Table.Td>
                    <TextInput
                      size="xs"
                      required
                      aria-label={`Name of class ${nth}`}
                      value={row.name}
                      onChange={(e) => change(nth, { name: e.target.value })}
                    />
                  </Table.Td>
                  <Table.Td w={140}>
                    <ColorInput
                      size="xs"
                      format="hex"
                      withEyeDropper={false}
                      aria-label={`Colour of class ${nth}`}
                      value={row.color}
                      onChange={(color) => change(nth, { color })}
                    />
                  </Table.Td>
                  <Table.Td w={80}>
                    <TextInput
                      size="xs"
                      maxLength={1}
                      placeholder="key"
                      aria-label={`Key of class ${nth}; empty takes a free one`}
                      value={row.hotkey}
                      onChange={(e) => change(nth, { hotkey: e.target.value })}
                    />
                  </Table.Td>
                  <Table.Td w={40}>
                    <Button
                      size="compact-xs"
                      variant="subtle"
                      color="gray"
                      aria-label={`Remove class ${nth}`}
                      disabled={rows.length <= 2}
                      onClick={() => setRows(rows.filter((_, place) => place !== nth))}
                    >
                      ×
                    </Button>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </ScrollArea.Autosize>
        <AlikeColors classes={rows.filter(({ name, color }) => name !== "" && COLOR.test(color))} />
        <Group justify="space-between">
          <Button
            variant="default"
            onClick={() => setRows([...rows, { name: "", color: freshColor(rows.length), hotkey: "" }])}
          >
            Add a class
          </Button>
          <Button type="submit" loading={create.isPending}>
            Create project
          </Button>
        </Group>
        {create.error !== null && (
          <Text className="bad" role="alert">
            {messageOf(create.error)}
          </Text>
        )}
      </Stack>
    </Modal>
  );
}

function isPreset(value: string): value is PresetName {
  return value in PRESETS;
}
