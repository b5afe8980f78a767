import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useDebouncedValue, useDisclosure } from "@mantine/hooks";
import { keepPreviousData, skipToken, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { messageOf } from "../../api/problem";
import { forecastRound, startRound } from "../../api/rounds";
import type { NewRound, ProjectView } from "../../api/types";
import { keys } from "../../state/queries";
import { MoreFields } from "./more-fields";
import { RoundCost } from "./round-cost";
import { RoundFields } from "./round-fields";
import { bodyOf, formOf, type RoundForm } from "./round-form";

interface Props {
  project: ProjectView;
  opened: boolean;
  onClose: () => void;
}

/** The next round, with what it will cost people before it is started. */
export function StartRound({ project, opened, onClose }: Props) {
  const title = project.current_round === null ? "Start the first round" : "Start the next round";
  return (
    <Modal lang="en" opened={opened} onClose={onClose} title={title} size={600}>
      <Form project={project} onClose={onClose} />
    </Modal>
  );
}

/** Fresh each time the dialogue opens: its fields from the project, its key for one round. */
function Form({ project, onClose }: Omit<Props, "opened">) {
  const { slug, config } = project;
  const [form, setForm] = useState(() => formOf(config));
  const [more, { toggle: toggleMore }] = useDisclosure(false);
  const [key] = useState(() => crypto.getRandomValues(new Uint32Array(4)).join("-"));
  const [settled] = useDebouncedValue(form, 250);
  const client = useQueryClient();
  const wanted = bodyOf(config, settled);
  const forecast = useQuery({
    queryKey: [...keys.project(slug), "forecast", wanted],
    queryFn: wanted === null ? skipToken : () => forecastRound(slug, wanted),
    placeholderData: keepPreviousData,
  });
  const start = useMutation({
    mutationFn: (body: NewRound) => startRound(slug, body, key),
    onSuccess: () => {
      onClose();
      return client.invalidateQueries({ queryKey: keys.project(slug) });
    },
  });
  const body = bodyOf(config, form);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (body !== null) start.mutate(body);
  };
  const fields = {
    form,
    change: (part: Partial<RoundForm>) => {
      start.reset();
      setForm({ ...form, ...part });
    },
  };
  const error = start.error ?? forecast.error;
  return (
    <Stack component="form" onSubmit={submit} gap="md">
      <Text className="quiet">
        The network trains on every label there is, then asks about the regions where an answer teaches most.
      </Text>
      <RoundFields {...fields} />
      <div>
        <Button
          variant="subtle"
          size="compact-sm"
          px={0}
          aria-expanded={more}
          aria-controls="more-of-round"
          onClick={toggleMore}
        >
          {more ? "Less" : "More"}
        </Button>
      </div>
      <div id="more-of-round" hidden={!more}>
        {more && <MoreFields {...fields} />}
      </div>
      {forecast.data !== undefined && forecast.error === null && (
        <RoundCost forecast={forecast.data} unit={settled.unit} />
      )}
      {error !== null && (
        <Text className="bad" role="alert">
          {messageOf(error)}
        </Text>
      )}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          Not now
        </Button>
        <Button type="submit" loading={start.isPending} disabled={body === null || forecast.error !== null}>
          Start
        </Button>
      </Group>
    </Stack>
  );
}
