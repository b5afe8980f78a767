/** The form of the next round: what it begins with, and what it sends. */

import type { AcquisitionConfig, NewRound, RoundConfig } from "../../api/types";

export type Unit = AcquisitionConfig["unit"];
export type Score = AcquisitionConfig["score"];
type Budget = NonNullable<NewRound["budget"]>;

/** A field of whole or broken numbers; "" is an empty one. */
export type Entry = number | "";

/** Everything as the fields have it: shares are in percent, and what is switched off is empty. */
export interface RoundForm {
  readonly unit: Unit;
  readonly score: Score;
  readonly amount: Entry;
  readonly budgetUnit: Budget["unit"];
  readonly scope: Budget["scope"];
  readonly superpixels: Entry;
  readonly radius: Entry;
  readonly maxPerImage: Entry;
  readonly classBalance: boolean;
  readonly duplicateBits: Entry;
  readonly randomPercent: Entry;
  readonly stratify: boolean;
  readonly sievePercent: Entry;
  readonly hiddenPercent: Entry;
}

/** What the service takes where a project's config says nothing. */
const DEFAULTS = {
  unit: "window",
  score: "ripu",
  superpixels: 400,
  max_per_image: 20,
  class_balance: false,
  stratify: false,
  shadow_share: 0,
} as const satisfies AcquisitionConfig;
const HIDDEN_SHARE = 0.05;
const BUDGET: Budget = { amount: 100, unit: "regions", scope: "pool" };

export function formOf({ acquisition = DEFAULTS, training, labelling }: RoundConfig): RoundForm {
  const hidden = labelling?.hidden_share ?? HIDDEN_SHARE;
  const budget = acquisition.budget ?? BUDGET;
  return {
    unit: acquisition.unit,
    score: acquisition.score,
    amount: budget.amount,
    budgetUnit: budget.unit,
    scope: budget.scope,
    superpixels: acquisition.superpixels,
    radius: acquisition.radius ?? "",
    maxPerImage: acquisition.max_per_image ?? "",
    classBalance: acquisition.class_balance,
    duplicateBits: acquisition.duplicate_distance ?? "",
    randomPercent: acquisition.shadow_share === 0 ? "" : inPercent(acquisition.shadow_share),
    stratify: acquisition.stratify,
    sievePercent: training?.sieve == null ? "" : inPercent(training.sieve),
    hiddenPercent: hidden === 0 ? "" : inPercent(hidden),
  };
}

/** The project's config with what the form says; null while there is no budget to ask about. */
export function bodyOf(config: RoundConfig, form: RoundForm): NewRound | null {
  if (form.amount === "") return null;
  const { acquisition = DEFAULTS, training } = config;
  const hidden_share = form.hiddenPercent === "" ? 0 : form.hiddenPercent / 100;
  const budget: Budget = {
    amount: form.amount,
    unit: form.budgetUnit,
    scope: isPerImage(form) ? "image" : "pool",
  };
  return {
    config: {
      ...config,
      acquisition: {
        ...acquisition,
        unit: form.unit,
        score: form.score,
        budget,
        superpixels: form.superpixels === "" ? DEFAULTS.superpixels : form.superpixels,
        radius: orNull(form.radius),
        max_per_image: orNull(form.maxPerImage),
        class_balance: form.classBalance,
        duplicate_distance: orNull(form.duplicateBits),
        shadow_share: form.randomPercent === "" ? 0 : form.randomPercent / 100,
        stratify: form.stratify,
      },
      ...(training !== undefined && {
        training: { ...training, sieve: form.sievePercent === "" ? null : form.sievePercent / 100 },
      }),
      labelling: { ...config.labelling, hidden_share },
    },
    budget,
  };
}

/** Whether the budget is one for each image; one of images is for all together. */
export function isPerImage({ scope, budgetUnit }: Pick<RoundForm, "scope" | "budgetUnit">): boolean {
  return scope === "image" && budgetUnit !== "images";
}

function orNull(entry: Entry): number | null {
  return entry === "" ? null : entry;
}

/** 0.07 is 7, not 7.000000000000001. */
function inPercent(share: number): number {
  return Number((share * 100).toPrecision(12));
}
