import { Group, NumberInput, Select, Text } from "@mantine/core";
import { isScore, isUnit, options, SCORES, UNITS } from "./asked";
import { isPerImage, type RoundForm } from "./round-form";

export interface FieldsProps {
  form: RoundForm;
  change: (part: Partial<RoundForm>) => void;
}

const COUNTED = ["regions", "clicks", "pixels", "images"] as const;

/** What is asked, in which order, and how much of it. */
export function RoundFields({ form, change }: FieldsProps) {
  return (
    <>
      <div>
        <Group grow align="start">
          <Select
            label="Ask about"
            allowDeselect={false}
            value={form.unit}
            data={options(UNITS)}
            onChange={(unit) => isUnit(unit) && change({ unit })}
          />
          <Select
            label="In order of"
            allowDeselect={false}
            value={form.score}
            data={options(SCORES)}
            onChange={(score) => isScore(score) && change({ score })}
          />
        </Group>
        <Text size="xs" className="quiet" mt={6} data-testid="explains">
          {UNITS[form.unit].explains} {SCORES[form.score].explains}
        </Text>
      </div>
      <Group grow align="start">
        <NumberInput
          label="Budget"
          min={0}
          allowDecimal={false}
          thousandSeparator=","
          value={form.amount}
          onChange={(value) => change({ amount: value === "" ? "" : Number(value) })}
          data-autofocus
        />
        <Select
          label="Counted in"
          allowDeselect={false}
          value={form.budgetUnit}
          data={[...COUNTED]}
          onChange={(value) =>
            change({ budgetUnit: COUNTED.find((one) => one === value) ?? form.budgetUnit })
          }
        />
        <Select
          label="For"
          allowDeselect={false}
          disabled={form.budgetUnit === "images"}
          value={isPerImage(form) ? "image" : "pool"}
          data={[
            { value: "pool", label: "the whole pool" },
            { value: "image", label: "each image" },
          ]}
          onChange={(value) => change({ scope: value === "image" ? "image" : "pool" })}
        />
      </Group>
    </>
  );
}
