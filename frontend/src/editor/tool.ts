/** What tools are: small state machines that turn gestures into steps of the history. */

import type { RegionPoint } from "../domain/geometry";
import type { Line } from "../domain/outline";
import type { LabelDocument, Paint } from "./document";
import type { Span } from "./raster";

export type ToolName = "brush" | "eraser" | "polygon" | "fill" | "cut" | "parts" | "superpixels";

/** `complete` ends what has begun, `back` takes its last point away, `cancel` gives all of it up. */
export type Gesture =
  | { readonly type: "down" | "move" | "up"; readonly at: RegionPoint }
  | { readonly type: "complete" | "back" | "cancel" };

/** What a tool works on. All that it changes between `begin` and `commit` is one step. */
export interface Stage {
  readonly document: LabelDocument;
  /** The class to paint; 255 is void. */
  readonly classId: number;
  /** Pixels across the brush. */
  readonly size: number;
  /** Pixels of the region within which two positions are the same to a hand. */
  readonly reach: number;
  /** The class that a pixel had when the work began. */
  readonly base: Paint;
  begin(): void;
  paint(spans: Iterable<Span>, paint: Paint): void;
  fill(indices: Uint32Array, paint: Paint): void;
  commit(): void;
  revert(): void;
}

/** What a tool shows of what it would do. */
export type Preview =
  | { readonly kind: "pixels"; readonly spans: readonly Span[] }
  | { readonly kind: "polygon"; readonly corners: readonly RegionPoint[] }
  | { readonly kind: "cut"; readonly from: RegionPoint; readonly to: RegionPoint }
  | { readonly kind: "part"; readonly lines: readonly Line[] };

export interface Tool {
  readonly name: ToolName;
  /** Where it stands in its state machine; `idle` where nothing has begun. */
  readonly state: string;
  /** Whether it is at work from the moment it is set down until it is lifted. */
  readonly isHeld: boolean;
  handle(gesture: Gesture, stage: Stage): void;
  /** `at`: where the pointer is. */
  preview(at: RegionPoint | null, stage: Stage): Preview | null;
}
