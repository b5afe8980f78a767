import { Checkbox, NumberInput, SimpleGrid, Stack, type NumberInputProps } from "@mantine/core";
import type { FieldsProps } from "./round-fields";
import type { Entry } from "./round-form";

/** What a round can be told beside: each is off, or as the service finds best, until somebody says otherwise. */
export function MoreFields({ form, change }: FieldsProps) {
  return (
    <Stack gap="md">
      <SimpleGrid cols={{ base: 2, xs: 3 }} spacing="md" verticalSpacing="md">
        {form.unit === "superpixel" && (
          <Count
            label="Superpixels an image"
            min={1}
            max={20_000}
            placeholder="400"
            value={form.superpixels}
            onEntry={(superpixels) => change({ superpixels })}
          />
        )}
        {form.unit === "window" && (
          <Count
            label="Radius of a window"
            description="Empty: by the image's size"
            min={0}
            max={512}
            suffix=" px"
            placeholder="automatic"
            value={form.radius}
            onEntry={(radius) => change({ radius })}
          />
        )}
        {form.unit !== "image" && (
          <Count
            label="At most per image"
            description="Empty: no limit"
            min={1}
            placeholder="no limit"
            value={form.maxPerImage}
            onEntry={(maxPerImage) => change({ maxPerImage })}
          />
        )}
        <Count
          label="Skip near-duplicates"
          description="Up to so many bits of 64 apart"
          min={0}
          max={64}
          suffix=" bits"
          placeholder="off"
          value={form.duplicateBits}
          onEntry={(duplicateBits) => change({ duplicateBits })}
        />
        <Count
          label="Drawn at random"
          description="As a control"
          min={0}
          max={100}
          suffix=" %"
          allowDecimal
          placeholder="none"
          value={form.randomPercent}
          onEntry={(randomPercent) => change({ randomPercent })}
        />
        <Count
          label="Sieve"
          description="Drops pixels so surely of another class from one-key answers"
          min={1}
          max={100}
          suffix=" %"
          allowDecimal
          placeholder="off"
          value={form.sievePercent}
          onEntry={(sievePercent) => change({ sievePercent })}
        />
        <Count
          label="Suggestion hidden"
          description="So often people answer without it: this shows how far it sways them"
          min={0}
          max={100}
          suffix=" %"
          allowDecimal
          placeholder="never"
          value={form.hiddenPercent}
          onEntry={(hiddenPercent) => change({ hiddenPercent })}
        />
      </SimpleGrid>
      <Checkbox
        label="Prefer classes that few answers are of"
        checked={form.classBalance}
        onChange={(event) => change({ classBalance: event.currentTarget.checked })}
      />
      <Checkbox
        label="Share the queries among groups of images, by their sizes"
        checked={form.stratify}
        onChange={(event) => change({ stratify: event.currentTarget.checked })}
      />
    </Stack>
  );
}

interface CountProps extends Omit<NumberInputProps, "onChange"> {
  onEntry: (entry: Entry) => void;
}

function Count({ onEntry, ...props }: CountProps) {
  return (
    <NumberInput
      allowDecimal={false}
      allowNegative={false}
      thousandSeparator=","
      inputWrapperOrder={["label", "input", "description"]}
      onChange={(value) => onEntry(value === "" ? "" : Number(value))}
      {...props}
    />
  );
}
