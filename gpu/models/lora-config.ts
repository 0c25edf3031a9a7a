/** What a low-rank adapter is. A pure type: weights reads it from disk, models builds graphs from it. */

/** The projections of a layer, by the names PEFT calls them. */
export const loraTargets = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"] as const;
export type LoraTarget = (typeof loraTargets)[number];

export interface LoraConfig {
  readonly rank: number;
  /** The update is scaled by alpha / rank. */
  readonly alpha: number;
  /** In the order of `loraTargets`. */
  readonly targets: readonly LoraTarget[];
}
