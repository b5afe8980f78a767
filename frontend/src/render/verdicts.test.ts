import { expect, test } from "vitest";
import { teacherPixels, whyPixels } from "./verdicts";

const COLORS = ["#ff0000", "#0000ff"];
/** Two pixels that nobody has answered, then an answer, two voids, and an answer that is left out. */
const SCENE = {
  width: 3,
  height: 2,
  prediction: Uint8Array.of(0, 0, 1, 1, 1, 0),
  levels: Uint8Array.of(20, 21, 0, 0, 0, 0),
  said: {
    labels: Uint8Array.of(255, 255, 0, 255, 255, 1),
    spoken: Uint8Array.of(0, 0, 255, 255, 255, 128),
  },
};

// Opacity, blue, green, red. 0.22 of 255 is 56, 0x38; 0.35 of 0 and 0.65 of 255 make 166, 0xa6.
test("the teacher's map: in full where it is kept, faint where dropped, pale where people have spoken", () => {
  const [pale_red, pale_blue] = [0xff_a6_a6_ff, 0xff_ff_a6_a6];
  expect([...teacherPixels(SCENE, 20, COLORS)]).toEqual([
    0xff_00_00_ff,
    0x38_00_00_ff,
    pale_blue,
    pale_blue,
    pale_blue,
    pale_red,
  ]);
});

test("why: grey where it is kept, nothing where dropped, people's answers in their colours, void a checkerboard", () => {
  const [kept, dropped] = [0xff_c4_c4_c4, 0];
  const [dark, light] = [0xff_10_10_10, 0xff_f0_f0_f0];
  expect([...whyPixels(SCENE, 20, COLORS)]).toEqual([
    kept,
    dropped,
    0xff_00_00_ff,
    light,
    dark,
    0x80_ff_00_00,
  ]);
  expect([...whyPixels({ ...SCENE, said: null }, 20, COLORS)]).toEqual([
    kept,
    dropped,
    kept,
    kept,
    kept,
    kept,
  ]);
});
