import { Button, Group, Modal, NumberInput, Select, Stack, Table, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { messageOf } from "../../api/problem";
import { forecastRound, startRound } from "../../api/rounds";
import type { NewRound, ProjectView, RoundForecast } from "../../api/types";
import { counted, duration } from "../../domain/words";
import { keys } from "../../state/queries";

type BudgetUnit = NonNullable<NewRound["budget"]>["unit"];
const UNITS = ["regions", "clicks", "pixels"] as const satisfies readonly BudgetUnit[];

interface Props {
  project: ProjectView;
  opened: boolean;
  onClose: () => void;
}

/** The next round, with what it will cost people before it is started. */
export function StartRound({ project, opened, onClose }: Props) {
  const budget = project.config.acquisition?.budget ?? { amount: 100, unit: "regions" };
  const [amount, setAmount] = useState(budget.amount);
  const [unit, setUnit] = useState<BudgetUnit>(budget.unit);
  const [key] = useState(() => crypto.getRandomValues(new Uint32Array(4)).join("-"));
  const [wanted] = useDebouncedValue<NewRound>({ budget: { amount, unit } }, 250);
  const client = useQueryClient();
  const forecast = useQuery({
    queryKey: [...keys.project(project.slug), "forecast", wanted],
    queryFn: () => forecastRound(project.slug, wanted),
    enabled: opened,
    placeholderData: keepPreviousData,
  });
  const start = useMutation({
    mutationFn: () => startRound(project.slug, { budget: { amount, unit } }, key),
    onSuccess: () => {
      onClose();
      return client.invalidateQueries({ queryKey: keys.project(project.slug) });
    },
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    start.mutate();
  };
  const error = start.error ?? forecast.error;
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={project.current_round === null ? "Start the first round" : "Start the next round"}
    >
      <Stack component="form" onSubmit={submit} gap="md">
        <Text className="quiet">
          The network trains on every label there is, then asks about the regions where an answer teaches
          most.
        </Text>
        <Group grow align="end">
          <NumberInput
            label="Budget"
            min={0}
            allowDecimal={false}
            thousandSeparator=","
            value={amount}
            onChange={(value) => setAmount(Number(value))}
            data-autofocus
          />
          <Select
            label="Counted in"
            allowDeselect={false}
            value={unit}
            data={[...UNITS]}
            onChange={(value) => setUnit(UNITS.find((one) => one === value) ?? unit)}
          />
        </Group>
        {forecast.data !== undefined && forecast.error === null && <Cost forecast={forecast.data} />}
        {error !== null && (
          <Text className="bad" role="alert">
            {messageOf(error)}
          </Text>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Not now
          </Button>
          <Button type="submit" loading={start.isPending} disabled={forecast.error !== null}>
            Start
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function Cost({ forecast }: { forecast: RoundForecast }) {
  if (forecast.final) {
    return (
      <Text data-testid="forecast">
        A budget of 0 makes a final round: it trains {counted(forecast.training_iterations, "step")} and
        evaluates, and asks nobody.
      </Text>
    );
  }
  const seconds = forecast.seconds_per_answer.toFixed(1);
  const basis = forecast.seconds_are_measured ? "as measured here" : "assumed";
  return (
    <Table data-testid="forecast" className="flush" withRowBorders={false} verticalSpacing={2}>
      <Table.Tbody>
        <Table.Tr>
          <Table.Td>People's time</Table.Td>
          <Table.Td ta="right">
            <b>{duration(forecast.human_hours * 3600)}</b>
          </Table.Td>
        </Table.Tr>
        <Table.Tr>
          <Table.Td>An answer takes</Table.Td>
          <Table.Td ta="right">
            {seconds} s, {basis}
          </Table.Td>
        </Table.Tr>
        <Table.Tr>
          <Table.Td>Asked</Table.Td>
          <Table.Td ta="right">
            {counted(forecast.num_queries, "region")}, {counted(forecast.pixels, "pixel")}
          </Table.Td>
        </Table.Tr>
        <Table.Tr>
          <Table.Td>Training</Table.Td>
          <Table.Td ta="right">{counted(forecast.training_iterations, "step")}</Table.Td>
        </Table.Tr>
      </Table.Tbody>
    </Table>
  );
}
