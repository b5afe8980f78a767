import { Table, Text } from "@mantine/core";
import type { RoundForecast } from "../../api/types";
import { counted, duration } from "../../domain/words";
import { UNITS } from "./asked";
import type { Unit } from "./round-form";

/** What a round will cost people, and the machine. */
export function RoundCost({ forecast, unit }: { forecast: RoundForecast; unit: Unit }) {
  if (forecast.final) {
    return (
      <Text data-testid="forecast">
        A budget of 0 makes a final round: it trains {counted(forecast.training_iterations, "step")} and
        evaluates, and asks nobody.
      </Text>
    );
  }
  const asked = counted(forecast.num_queries, UNITS[unit].one);
  const rows = [
    ["People's time", <b key="time">{duration(forecast.human_hours * 3600)}</b>],
    [
      "An answer takes",
      `${secondsOf(forecast.seconds_per_answer)}, ${forecast.seconds_are_measured ? "as measured here" : "assumed"}`,
    ],
    ["Asked", unit === "pixel" ? asked : `${asked}, ${counted(forecast.pixels, "pixel")}`],
    ["Training", counted(forecast.training_iterations, "step")],
  ] as const;
  return (
    <Table data-testid="forecast" className="flush" withRowBorders={false} verticalSpacing={2}>
      <Table.Tbody>
        {rows.map(([name, value]) => (
          <Table.Tr key={name}>
            <Table.Td>{name}</Table.Td>
            <Table.Td ta="right">{value}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function secondsOf(seconds: number): string {
  return seconds < 60 ? `${seconds.toFixed(1)} s` : duration(seconds);
}
