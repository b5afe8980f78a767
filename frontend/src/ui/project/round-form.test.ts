import { expect, test } from "vitest";
import type { RoundConfig } from "../../api/types";
import { bodyOf, formOf } from "./round-form";

const config: RoundConfig = {
  acquisition: {
    unit: "superpixel",
    score: "margin",
    budget: { amount: 40, unit: "clicks", scope: "image" },
    radius: null,
    superpixels: 300,
    max_per_image: null,
    class_balance: true,
    duplicate_distance: 0,
    stratify: false,
    shadow_share: 0.07,
  },
  training: {
    network: "lite0_fpn",
    pretrained: "if_present",
    from_scratch: false,
    frozen_norm: false,
    iterations: 500,
    batch_size: 4,
    crop: 256,
    crop_rows: null,
    source_size: null,
    target_size: null,
    scales: [0.75, 1.5],
    flip: 0.5,
    colour: 1.0,
    optimiser: "adamw",
    learning_rate: 0.002,
    encoder_factor: 0.1,
    weight_decay: 0.01,
    warm_up: 0.05,
    horizon: 1.0,
    clip: null,
    supervised: "balanced",
    balance: 0.5,
    answered_weight: 1.0,
    unsupervised_weight: 1.0,
    unsupervised_ramp: 0.2,
    unsupervised_until: 0.015,
    ema_decay: 0.99,
    alpha0: 0.2,
    confidence_power: 0.0,
    class_sampling: false,
    mixing: "classmix",
    copy_paste: false,
    background: ["road", "sidewalk", "pavement", "building", "vegetation", "tree", "sky"],
    contrast_weight: 0.0,
    contrast_start: 0.1,
    consistency_weight: 0.0,
    negative_weight: 0.0,
    sieve: 0.9,
    precision: "auto",
    validations: 0,
  },
  labelling: { hidden_share: 0.05 },
};

test("the form begins from the project's config, shares in percent, what is off empty", () => {
  expect(formOf(config)).toEqual({
    unit: "superpixel",
    score: "margin",
    amount: 40,
    budgetUnit: "clicks",
    scope: "image",
    superpixels: 300,
    radius: "",
    maxPerImage: "",
    classBalance: true,
    duplicateBits: 0,
    randomPercent: 7,
    stratify: false,
    sievePercent: 90,
    hiddenPercent: 5,
  });
});

test("a form that nobody touched sends the project's config as it is", () => {
  expect(bodyOf(config, formOf(config))).toEqual({ config, budget: config.acquisition!.budget });
});

test("what is changed is sent in the whole config", () => {
  const body = bodyOf(config, {
    ...formOf(config),
    unit: "window",
    score: "ripu",
    amount: 3,
    budgetUnit: "regions",
    scope: "pool",
    radius: 12,
    maxPerImage: 5,
    classBalance: false,
    duplicateBits: "",
    randomPercent: "",
    stratify: true,
    sievePercent: "",
    hiddenPercent: 12.5,
  });
  const budget = { amount: 3, unit: "regions", scope: "pool" };
  expect(body).toEqual({
    config: {
      acquisition: {
        unit: "window",
        score: "ripu",
        budget,
        radius: 12,
        superpixels: 300,
        max_per_image: 5,
        class_balance: false,
        duplicate_distance: null,
        stratify: true,
        shadow_share: 0,
      },
      training: { ...config.training, sieve: null },
      labelling: { hidden_share: 0.125 },
    },
    budget,
  });
});

test("no hidden suggestion is an empty field, and an empty field hides none", () => {
  const open = { ...config, labelling: { hidden_share: 0 } };
  expect(formOf(open).hiddenPercent).toBe("");
  expect(bodyOf(open, formOf(open))?.config?.labelling).toEqual({ hidden_share: 0 });
});

test("a budget of images is for the pool", () => {
  expect(bodyOf(config, { ...formOf(config), budgetUnit: "images" })?.budget).toEqual({
    amount: 40,
    unit: "images",
    scope: "pool",
  });
});

test("an empty budget is no final round: nothing is sent", () => {
  expect(bodyOf(config, { ...formOf(config), amount: "" })).toBeNull();
});
