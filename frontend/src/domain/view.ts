/** Looking around in a pane: closer, farther, aside. Scales are whole from 1 on, so that every pixel is one even square. */

import type { ScreenPoint, Size, Viewport } from "./geometry";

const SCALES: readonly number[] = [1 / 8, 1 / 4, 1 / 2, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64];
/** CSS pixels of what is looked at that stay in the pane. */
const KEPT = 40;

/** The next scale up (+1) or down (-1); what is under `at` stays there. */
export function stepped(viewport: Viewport, at: ScreenPoint, by: 1 | -1): Viewport {
  const { scale } = viewport;
  const wanted =
    by > 0 ? SCALES.find((one) => one > scale * 1.01) : SCALES.findLast((one) => one < scale * 0.99);
  return scaled(viewport, at, wanted ?? scale);
}

/** `scale` CSS pixels a pixel; what is under `at` stays there. */
export function scaled({ scale: old, left, top }: Viewport, [x, y]: ScreenPoint, scale: number): Viewport {
  return {
    scale,
    left: Math.round(x - ((x - left) * scale) / old),
    top: Math.round(y - ((y - top) * scale) / old),
  };
}

/** The allowed scale nearest to `wanted`, for fingers that ask for any. */
export function nearestScale(wanted: number): number {
  return SCALES.reduce((best, one) =>
    Math.abs(Math.log(one / wanted)) < Math.abs(Math.log(best / wanted)) ? one : best,
  );
}

export function panned({ scale, left, top }: Viewport, dx: number, dy: number): Viewport {
  return { scale, left: left + dx, top: top + dy };
}

/** Moved back so far that something of an image of `size` is still in the pane. */
export function kept({ scale, left, top }: Viewport, size: Size, pane: Size): Viewport {
  const within = (start: number, length: number, room: number) =>
    Math.max(KEPT - length * scale, Math.min(room - KEPT, start));
  return { scale, left: within(left, size.width, pane.width), top: within(top, size.height, pane.height) };
}
