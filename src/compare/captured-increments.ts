import type { SampleRows } from "../detection/per-sample-rows.js";
import type { ClassifierName } from "../scoring/registry.js";

/** Captured increments of the examined images, by member. */
export interface CapturedIncrements extends SampleRows {
  /** How the run scored them. */
  readonly scoring: { readonly cvModel: ClassifierName; readonly groups: number; readonly k2: number };
  /** uint8 [members], 1 where the run's own cut excludes; absent where it has not scored. */
  readonly excluded?: Uint8Array;
}
