/**
 * Complete settings by name.
 *
 * `paper`: R-Zero as printed (arXiv 2508.05004, hyper-parameter table). Not printed and taken from the released code:
 * gradient clip 1.0, AdamW's betas, k3 as KL estimator. Clip ratio 0.2, no dual clip: PPO's usual values, the paper's
 * are not legible to us. The published recipe trains all weights; rank and alpha count only where a run or a model's profile
 * asks for an adapter.
 *
 * `reference-code`: the released code after its fix of 2025-12-10: min(p, 1 - p) - penalty and -1 on bad format, 512
 * prompts a step in 32 (Challenger) or 4 (Solver) updates, wider clip with dual clip, 9 votes with top-k 40 and the band
 * 0.3..0.8, 5 iterations. Reproduced differently:
 * - 9 votes everywhere: the code takes 9 to filter and 10 to reward.
 * - shares are of all samples; the code's filter divides by the samples that had an answer, and both its scripts let
 *   the word `None` be voted for.
 * - mean per sequence, then over sequences: the code averages over the tokens of each micro-batch, of 1 sequence for the
 *   Solver (the same) and of 2 for the Challenger (not quite).
 * - oldLogprobs follow the policy port, the k3 term is not clamped to +-10.
 * - a curriculum smaller than a step makes a smaller step: the code refuses fewer than 512 questions.
 * - questions with the word `box` or a Chinese `prove` are not dropped.
 * Deliberately not reproduced: the golden answer that was one character (before the fix), one greedy sample copied 32
 * times and called mean@32, random letters for missing choices, the judge's swapped arguments.
 */
import { withChanges } from "./deep-partial.ts";
import type { EvaluatorSettings, GateSettings, GrpoSettings, PolicySampling, RunConfig } from "./run-config.ts";
import { STABLE_PARTS } from "./stable.ts";

export interface Preset {
  readonly name: string;
  readonly description: string;
  readonly config: RunConfig;
  /** Iterations the recipe was published with, or is studied over. */
  readonly iterations: number;
}

const paperSampling: PolicySampling = { temperature: 1, topP: 0.99, topK: 0, minP: 0, maxTokens: 4096 };

const paperGrpo: Omit<GrpoSettings, "steps" | "groupSize"> = {
  promptsPerStep: 128,
  updatesPerStep: 1,
  tuning: "full",
  lora: { rank: 16, alpha: 32, targets: "all-linear" },
  learningRate: 1e-6,
  weightDecay: 1e-2,
  maxGradNorm: 1,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  klCoef: 1e-2,
  klEstimator: "k3",
  klAnchor: "phase-start",
  clipRatioLow: 0.2,
  clipRatioHigh: 0.2,
  clipRatioDual: null,
  lossAggregation: "token-mean",
  sampling: paperSampling,
};

/** The published recipes ask nobody. */
const nobody: EvaluatorSettings = { grader: null, verifier: null, gate: null, onError: "fail" };

/** The published recipe asks for the band and for nothing else. */
const NO_GATE: GateSettings = {
  selfContained: false,
  nearDuplicate: null,
  acrossIterations: false,
  minMargin: 0,
  maxLuck: 1,
  proposerAgrees: false,
  decompositions: 0,
  looksBy: "solver",
  keepCorrected: false,
  decompositionShare: 0.5,
};

const paper: RunConfig = {
  challenger: {
    ...paperGrpo,
    steps: 5,
    groupSize: 4,
    repetitionWeight: 1,
    repetitionThreshold: 0.5,
    reward: "paper",
    targetShare: 0.5,
    targetWidth: 0.5,
    startFrom: "challenger",
    gateFirst: false,
    checkedOnly: false,
    memoryWeight: 0,
  },
  solver: {
    ...paperGrpo,
    steps: 15,
    groupSize: 5,
    reward: "correct",
    labelWeighting: "none",
    questionOrder: "passes",
    replayShare: 0,
  },
  votes: { samples: 10, sampling: paperSampling },
  pool: {
    size: 8000,
    sampling: paperSampling,
    difficultyBand: { min: 0.25, max: 0.75 },
    dropDuplicates: false,
    gate: NO_GATE,
    anchors: 0,
  },
  evaluation: { questions: 240, samples: 32, sampling: { ...paperSampling, topP: 1 } },
  evaluators: nobody,
  onNonFinite: "skip",
  stopOn: { collapseRisk: null, iterationsWithoutGain: null },
};

const referenceGrpo = {
  promptsPerStep: 512,
  clipRatioHigh: 0.3,
  clipRatioDual: 3,
  lossAggregation: "seq-mean-token-mean",
} as const;

const referenceCode: RunConfig = {
  ...paper,
  challenger: { ...paper.challenger, ...referenceGrpo, updatesPerStep: 32, reward: "reference-code" },
  solver: { ...paper.solver, ...referenceGrpo, updatesPerStep: 4, reward: "correct-and-think-format" },
  votes: { samples: 9, sampling: { ...paperSampling, topP: 1, topK: 40 } },
  pool: {
    ...paper.pool,
    sampling: { ...paperSampling, topP: 0.95 },
    difficultyBand: { min: 0.3, max: 0.8 },
  },
};

export const PRESETS: readonly Preset[] = [
  { name: "paper", description: "R-Zero as printed.", config: paper, iterations: 3 },
  {
    name: "reference-code",
    description: "R-Zero as its released code computes it, after the fix of 2025-12-10.",
    config: referenceCode,
    iterations: 5,
  },
  {
    name: "stable",
    description: "Under study: what is to keep rising where R-Zero as printed declines. Its parts are in stable.ts.",
    config: STABLE_PARTS.reduce((config, { changes }) => withChanges(config, changes), paper),
    iterations: 10,
  },
];

/** What a run uses that names no preset. */
export const DEFAULT_PRESET = "paper";
