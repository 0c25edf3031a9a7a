/** test/golden/adamw: what torch.optim.AdamW, clip_grad_norm_ and transformers' schedules compute. */
import { readFileSync } from "node:fs";

export interface GoldenAdamW {
  readonly adamw: {
    readonly learningRate: number;
    readonly beta1: number;
    readonly beta2: number;
    readonly epsilon: number;
    readonly weightDecay: number;
    readonly start: readonly number[];
    readonly decayMask: readonly number[];
    readonly steps: readonly Readonly<
      Record<"gradient" | "weights" | "firstMoment" | "secondMoment", readonly number[]>
    >[];
  };
  readonly clipping: readonly {
    readonly gradient: readonly number[];
    readonly maxNorm: number;
    readonly clipped: readonly number[];
    readonly norm: number;
  }[];
  readonly schedules: {
    readonly peak: number;
    readonly floor: number;
    readonly warmup: number;
    readonly total: number;
    /** Rates of step 1, 2, ... */
    readonly warmupCosine: readonly number[];
    readonly constant: readonly number[];
  };
}

export const goldenAdamW = JSON.parse(
  readFileSync(new URL("../golden/adamw/adamw.json", import.meta.url), "utf8"),
) as GoldenAdamW;
