/** Label schemas to begin from. Ids follow the order; keys are given by the server. */

export interface Preset {
  readonly title: string;
  readonly classes: readonly (readonly [name: string, color: string])[];
}

const CITYSCAPES: Preset["classes"] = [
  ["road", "#804080"],
  ["sidewalk", "#f423e8"],
  ["building", "#464646"],
  ["wall", "#66669c"],
  ["fence", "#be9999"],
  ["pole", "#999999"],
  ["traffic light", "#faaa1e"],
  ["traffic sign", "#dcdc00"],
  ["vegetation", "#6b8e23"],
  ["terrain", "#98fb98"],
  ["sky", "#4682b4"],
  ["person", "#dc143c"],
  ["rider", "#ff0000"],
  ["car", "#00008e"],
  ["truck", "#000046"],
  ["bus", "#003c64"],
  ["train", "#005064"],
  ["motorcycle", "#0000e6"],
  ["bicycle", "#770b20"],
];

const CAMVID: Preset["classes"] = [
  ["sky", "#808080"],
  ["building", "#800000"],
  ["pole", "#c0c080"],
  ["road", "#804080"],
  ["pavement", "#3c28de"],
  ["tree", "#808000"],
  ["sign_symbol", "#c08080"],
  ["fence", "#404080"],
  ["car", "#400080"],
  ["pedestrian", "#404000"],
  ["bicyclist", "#0080c0"],
];

const without = (...names: string[]) => CITYSCAPES.filter(([name]) => !names.includes(name));
const SYNTHIA_16 = without("terrain", "truck", "train");

export const PRESETS = {
  camvid: { title: "CamVid, 11 classes", classes: CAMVID },
  cityscapes: { title: "Cityscapes, 19 classes", classes: CITYSCAPES },
  synthia16: { title: "SYNTHIA, 16 classes", classes: SYNTHIA_16 },
  synthia13: {
    title: "SYNTHIA, 13 classes",
    classes: SYNTHIA_16.filter(([name]) => !["wall", "fence", "pole"].includes(name)),
  },
  own: {
    title: "My own",
    classes: [
      ["background", "#606060"],
      ["object", "#d08000"],
    ],
  },
} as const satisfies Record<string, Preset>;

export type PresetName = keyof typeof PRESETS;

/** A colour unlike its neighbours for the class number `nth` that is added by hand. */
export function freshColor(nth: number): string {
  const hue = (nth * 137.508) % 360;
  const channel = (offset: number) => {
    const place = (offset + hue / 30) % 12;
    const value = 0.5 - 0.35 * Math.max(-1, Math.min(place - 3, 9 - place, 1));
    return Math.round(value * 255)
      .toString(16)
      .padStart(2, "0");
  };
  return `#${channel(0)}${channel(8)}${channel(4)}`;
}
