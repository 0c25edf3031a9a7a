/** Plausible numbers, with one that is not finite, since training produces those too. */
import type { IterationMetrics, StepMetrics } from "../../../src/records/records.ts";
import type { GrpoSettings, RunConfig } from "../../../src/rzero/run-config.ts";

export { baseDigest } from "./completions.ts";

const sampling = { temperature: 1, topP: 0.99, topK: 0, minP: 0, maxTokens: 64 };

const grpo: GrpoSettings = {
  steps: 15,
  promptsPerStep: 64,
  updatesPerStep: 1,
  groupSize: 8,
  tuning: "full",
  lora: { rank: 16, alpha: 32, targets: "all-linear" },
  learningRate: 1e-4,
  weightDecay: 0.01,
  maxGradNorm: 1,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  klCoef: 0.01,
  klEstimator: "k3",
  klAnchor: "phase-start",
  clipRatioLow: 0.2,
  clipRatioHigh: 0.2,
  clipRatioDual: null,
  lossAggregation: "token-mean",
  sampling,
};

export const runConfig: RunConfig = {
  challenger: {
    ...grpo,
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
  solver: { ...grpo, reward: "correct", labelWeighting: "none", questionOrder: "passes", replayShare: 0 },
  votes: { samples: 10, sampling },
  pool: {
    size: 600,
    sampling,
    difficultyBand: { min: 0.5, max: 0.95 },
    dropDuplicates: true,
    gate: {
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
    },
    anchors: 0,
  },
  evaluation: { questions: 200, samples: 8, sampling },
  evaluators: { grader: null, verifier: null, gate: null, onError: "fail" },
  onNonFinite: "skip",
  stopOn: { collapseRisk: null, iterationsWithoutGain: null },
};

export const stepMetrics: StepMetrics = {
  reward: 0.62,
  rewardParts: { correct: 0.62 },
  groups: 64,
  constantGroups: 9,
  sequences: 440,
  loss: -0.0031,
  kl: 0.0004,
  entropy: 0.81,
  clipFraction: 0.013,
  gradNorm: Number.NaN,
  meanTokens: 21.5,
  truncatedFraction: 0.004,
  logprobGapMean: 3.1e-6,
  logprobGapMax: 1.5e-5,
  sampledTokensPerSecond: 18_600,
  trainedTokensPerSecond: Number.POSITIVE_INFINITY,
};

const interval = { value: 0.41, low: 0.38, high: 0.44 };

export const iterationMetrics: IterationMetrics = {
  proposed: 600,
  wellFormed: 571,
  distinct: 498,
  kept: 212,
  shareHistogram: [0, 12, 41, 60, 71, 82, 90, 78, 61, 44, 32],
  meanMajorityShare: 0.58,
  clustered: 571,
  clusters: 143,
  distinctBigrams: 0.21,
  labelAccuracy: 0.88,
  evaluation: {
    questions: 200,
    k: 8,
    meanAtK: interval,
    majAtK: interval,
    passAtK: interval,
    greedy: interval,
    skills: { addition: { questions: 100, meanAtK: 0.52, greedy: 0.61 } },
  },
};
