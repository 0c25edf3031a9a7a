/** Every field of a RunConfig with its bounds: one exhaustive table, checked by the compiler against the type. */
import type { GrpoSettings, PolicySampling, RunConfig } from "./run-config.ts";

export type FieldRule =
  | { readonly kind: "integer" | "number"; readonly min: number; readonly max: number; readonly nullable?: true }
  | { readonly kind: "choice"; readonly values: readonly string[] }
  | { readonly kind: "boolean" }
  /** Of something registered, or null; whether it exists, whoever resolves the configuration finds out. */
  | { readonly kind: "id"; readonly prefix: string };

type RuleOf<T> = T extends boolean | string | number | null ? FieldRule : Rules<T>;
/** The shape of T with a rule at each leaf. */
export type Rules<T> = { readonly [K in keyof T]-?: RuleOf<T[K]> };

type RangeRule = Extract<FieldRule, { readonly min: number }>;

const integer = (min: number, max: number): RangeRule => ({ kind: "integer", min, max });
const number = (min: number, max: number): RangeRule => ({ kind: "number", min, max });
const choice = (...values: string[]): FieldRule => ({ kind: "choice", values });

const orNull = (rule: RangeRule): FieldRule => ({ ...rule, nullable: true });
const boolean: FieldRule = { kind: "boolean" };

/** Smallest positive value where 0 makes no sense. */
const TINY = 1e-12;

const sampling: Rules<PolicySampling> = {
  // Votes and rollouts of one prompt must differ, so 0 (greedy) is no setting of a run.
  temperature: number(0.01, 10),
  topP: number(0.01, 1),
  topK: integer(0, 1_000_000),
  minP: number(0, 1),
  maxTokens: integer(1, 131_072),
};

const grpo: Rules<GrpoSettings> = {
  steps: integer(0, 10_000),
  promptsPerStep: integer(1, 8192),
  updatesPerStep: integer(1, 1024),
  groupSize: integer(2, 1024),
  tuning: choice("full", "lora"),
  lora: {
    rank: integer(1, 1024),
    alpha: number(TINY, 10_000),
    targets: choice("all-linear", "attention", "mlp"),
  },
  learningRate: number(TINY, 1),
  weightDecay: number(0, 1),
  maxGradNorm: number(0, 1000),
  beta1: number(0, 0.99999),
  beta2: number(0, 0.99999999),
  epsilon: number(TINY, 1),
  klCoef: number(0, 100),
  klEstimator: choice("k1", "k2", "k3"),
  klAnchor: choice("phase-start", "base"),
  clipRatioLow: number(0, 1),
  clipRatioHigh: number(0, 100),
  clipRatioDual: orNull(number(1, 100)),
  lossAggregation: choice("token-mean", "seq-mean-token-mean", "seq-mean-token-sum"),
  sampling,
};

export const RUN_CONFIG_RULES: Rules<RunConfig> = {
  challenger: {
    ...grpo,
    repetitionWeight: number(0, 100),
    repetitionThreshold: number(0, 1),
    reward: choice("paper", "reference-code"),
    targetShare: number(0, 1),
    targetWidth: number(0.01, 1),
    startFrom: choice("challenger", "solver"),
    gateFirst: boolean,
    checkedOnly: boolean,
    memoryWeight: number(0, 100),
  },
  solver: {
    ...grpo,
    reward: choice("correct", "correct-and-think-format"),
    labelWeighting: choice("none", "share"),
    questionOrder: choice("passes", "prioritized"),
    replayShare: number(0, 0.9),
  },
  votes: { samples: integer(1, 1024), sampling },
  pool: {
    size: integer(1, 100_000),
    sampling,
    difficultyBand: { min: number(0, 1), max: number(0, 1) },
    dropDuplicates: boolean,
    gate: {
      selfContained: boolean,
      nearDuplicate: orNull(number(0.5, 1)),
      acrossIterations: boolean,
      minMargin: number(0, 1),
      maxLuck: number(0, 1),
      proposerAgrees: boolean,
      decompositions: integer(0, 16),
      looksBy: choice("solver", "base"),
      keepCorrected: boolean,
      decompositionShare: number(0, 1),
    },
    anchors: integer(0, 100_000),
  },
  evaluation: { questions: integer(0, 100_000), samples: integer(1, 1024), sampling },
  evaluators: {
    grader: { kind: "id", prefix: "evr" },
    verifier: { kind: "id", prefix: "evr" },
    gate: { kind: "id", prefix: "evr" },
    onError: choice("fail", "skip"),
  },
  onNonFinite: choice("skip", "stop"),
  stopOn: { collapseRisk: orNull(number(0, 1)), iterationsWithoutGain: orNull(integer(1, 1000)) },
};

/** What the rule asks for, in words; null if `value` obeys it. */
export function violation(rule: FieldRule, value: unknown): string | null {
  switch (rule.kind) {
    case "boolean":
      return typeof value === "boolean" ? null : "true or false";
    case "id": {
      const fits = value === null || (typeof value === "string" && value.startsWith(`${rule.prefix}_`));
      return fits ? null : `an id that begins with ${rule.prefix}_, or null`;
    }
    case "choice":
      return rule.values.includes(value as string) ? null : `one of ${rule.values.join(", ")}`;
    default: {
      if (value === null && rule.nullable) return null;
      const fits =
        typeof value === "number" &&
        value >= rule.min &&
        value <= rule.max &&
        (rule.kind === "number" || Number.isInteger(value));
      const what = rule.kind === "integer" ? "an integer" : "a number";
      return fits ? null : `${what} in ${rule.min}..${rule.max}${rule.nullable ? " or null" : ""}`;
    }
  }
}
