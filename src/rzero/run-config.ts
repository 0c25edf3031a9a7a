/** Every value a run works with, visible and overridable. Presets fill it, the model's profile sets its learning rates. */

export interface PolicySampling {
  readonly temperature: number;
  readonly topP: number;
  readonly topK: number;
  readonly minP: number;
  readonly maxTokens: number;
}

export type Tuning = "full" | "lora";

/** LoRA (arXiv 2106.09685), without dropout. What it says counts where tuning is `lora`. */
export interface LoraSettings {
  readonly rank: number;
  /** The update is scaled by alpha / rank. */
  readonly alpha: number;
  readonly targets: LoraTargets;
}

/** Projections of each layer that have an adapter. */
export type LoraTargets = "all-linear" | "attention" | "mlp";

export interface GrpoSettings {
  /** Batches of fresh rollouts in a phase of one iteration; each makes `updatesPerStep` optimiser updates. */
  readonly steps: number;
  /** Questions (solver) or challenger prompts in a step. */
  readonly promptsPerStep: number;
  /** Optimiser updates made from a step's rollouts, each on its share of the groups (minibatches.ts). 1 is on-policy. */
  readonly updatesPerStep: number;
  /** Rollouts compared with each other. */
  readonly groupSize: number;
  /** `full`: all weights. `lora`: a low-rank adapter of the role's own over the base, which stays as it is. */
  readonly tuning: Tuning;
  readonly lora: LoraSettings;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly maxGradNorm: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly klCoef: number;
  readonly klEstimator: "k1" | "k2" | "k3";
  /** What the KL term holds the role to: the weights its phase started from, or the base for the whole run. */
  readonly klAnchor: KlAnchor;
  readonly clipRatioLow: number;
  readonly clipRatioHigh: number;
  readonly clipRatioDual: number | null;
  readonly lossAggregation: "token-mean" | "seq-mean-token-mean" | "seq-mean-token-sum";
  readonly sampling: PolicySampling;
}

export type KlAnchor = "phase-start" | "base";
/** Where the Challenger's phase starts: where its last one ended, or from the Solver as it stands (Prism). */
export type ChallengerStart = "challenger" | "solver";
export type QuestionOrder = "passes" | "prioritized";
/** Who looks at labels again: the Solver that voted, or the base, which did not learn with it. */
export type LooksBy = "solver" | "base";
/** How much a question's label counts in the Solver's training: all alike, or by the share of votes behind it. */
export type LabelWeighting = "none" | "share";
export type ChallengerRewardKind = "paper" | "reference-code";
export type SolverRewardKind = "correct" | "correct-and-think-format";

/** People outside who are asked, by id; null: nobody. */
export interface EvaluatorSettings {
  /** Instead of the answer check, for the Solver's rewards. */
  readonly grader: string | null;
  /** About pseudo-labels, before the Solver trains on them. */
  readonly verifier: string | null;
  /** About an iteration's checkpoints. */
  readonly gate: string | null;
  /** Where one gives no verdict. `fail`: the iteration fails. `skip`: what was not judged is not used. */
  readonly onError: "fail" | "skip";
}

/** What a question must pass besides the difficulty band. Each part has its file; the values here switch it off. */
export interface GateSettings {
  /** Nothing is asked about what the text does not show: self-contained.ts. false: not looked at. */
  readonly selfContained: boolean;
  /** Jaccard similarity from which a question repeats another: near-duplicates.ts. null: not looked at. */
  readonly nearDuplicate: number | null;
  /** Near duplicates are looked for in earlier iterations too. */
  readonly acrossIterations: boolean;
  /** Least lead of the majority over the second group, as a share of the votes: label-confidence.ts. 0: none. */
  readonly minMargin: number;
  /** Largest chance that guessing would agree as much: agreement-by-luck.ts. 1: any. */
  readonly maxLuck: number;
  /** The Challenger's own boxed answer must be the majority's. false: not asked. */
  readonly proposerAgrees: boolean;
  /**
   * Steps after which what is left of a question is looked at, at most: decomposed-label.ts. 0: nobody looks again. Where somebody
   * did, the looks decide, and margin, luck, the Challenger's answer and the band's lower end are not asked.
   */
  readonly decompositions: number;
  /** Whose looks they are. `base` looks at the question itself too. */
  readonly looksBy: LooksBy;
  /** Labels that looks correct are kept, as corrected. false: only those that they confirm. */
  readonly keepCorrected: boolean;
  /** Share of votes from which a look counts. */
  readonly decompositionShare: number;
}

/**
 * Where a step's loss or gradient is not finite. Its update is not made either way, and its rollouts stay on record. `skip`:
 * the next step is tried, unless several were rejected in a row. `stop`: the iteration fails.
 */
export type NonFinitePolicy = "skip" | "stop";

/** When a run ends of itself. Judged after each iteration, without labels; null never stops. */
export interface StopRule {
  /** Collapse risk from which on: collapse-risk.ts. */
  readonly collapseRisk: number | null;
  /** Iterations without a better checkpoint: best-checkpoint.ts. */
  readonly iterationsWithoutGain: number | null;
}

export interface RunConfig {
  readonly challenger: GrpoSettings & {
    /** lambda: weight of the repetition penalty. */
    readonly repetitionWeight: number;
    /** Distance 1 - BLEU at or above which clusters stay apart. */
    readonly repetitionThreshold: number;
    /** How the parts become one reward, see challenger-reward.ts. */
    readonly reward: ChallengerRewardKind;
    /** Majority share that is paid best; the pay falls in a straight line to 0 at `targetWidth` from it: target-share.ts. */
    readonly targetShare: number;
    readonly targetWidth: number;
    readonly startFrom: ChallengerStart;
    /** The pool's gate is asked before the reward: what it refuses is paid as malformed, and no votes are spent on it. */
    readonly gateFirst: boolean;
    /** Questions whose label the pool's looks do not confirm or correct earn nothing: decomposed-label.ts. */
    readonly checkedOnly: boolean;
    /** mu: what a question of a kind that earlier iterations were full of loses: question-memory.ts. 0 remembers nothing. */
    readonly memoryWeight: number;
  };
  readonly solver: GrpoSettings & {
    /** See solver-reward.ts. */
    readonly reward: SolverRewardKind;
    readonly labelWeighting: LabelWeighting;
    /** Which of its questions a step takes: one after the other, or harder ones more often (prioritized.ts). */
    readonly questionOrder: QuestionOrder;
    /** Share of earlier iterations' kept questions in what the Solver trains on: replay.ts. */
    readonly replayShare: number;
  };
  readonly votes: {
    /** m: Solver samples per question. */
    readonly samples: number;
    readonly sampling: PolicySampling;
  };
  readonly pool: {
    /** N: questions proposed for the Solver's phase. */
    readonly size: number;
    readonly sampling: PolicySampling;
    /** Keep where min <= majorityShare <= max. */
    readonly difficultyBand: { readonly min: number; readonly max: number };
    /** Exact duplicates within the pool are dropped. */
    readonly dropDuplicates: boolean;
    readonly gate: GateSettings;
    /** Questions a person submitted to the run that join each pool, at most (R-Few); voted on and gated like the rest. */
    readonly anchors: number;
  };
  readonly evaluation: {
    /** Held-out questions. */
    readonly questions: number;
    /** k of mean@k, maj@k, pass@k. */
    readonly samples: number;
    readonly sampling: PolicySampling;
  };
  readonly evaluators: EvaluatorSettings;
  readonly onNonFinite: NonFinitePolicy;
  readonly stopOn: StopRule;
}
