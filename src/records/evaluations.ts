/** Evaluations on benchmarks: what was asked, what was answered, what came of it. Types only. */
import type { PolicySampling } from "../rzero/run-config.ts";
import type { Failure, Interval, JobState } from "./records.ts";

export interface EvaluationSettings {
  /** Sampled answers to each question; 0 for none. */
  readonly samples: number;
  /** Of maj@k and pass@k: at most `samples`. */
  readonly k: number;
  /** One more answer, always the likeliest token. */
  readonly greedy: boolean;
  /** The first so many questions; null for all. */
  readonly limit: number | null;
  readonly sampling: PolicySampling;
  /** Who is asked besides the rule; null for nobody. */
  readonly judge: JudgeChoice | null;
}

/**
 * A registered evaluator of the kind `judge`, or a model behind the configured endpoint; null there: the configured one, which
 * early evaluations did not record.
 */
export type JudgeChoice = { readonly evaluator: string } | { readonly model: string | null };

/** One benchmark answered by one set of weights. */
export interface Evaluation {
  /** `eval_...` */
  readonly id: string;
  readonly operationId: string;
  /** Whose policy it is; null for the base. */
  readonly runId: string | null;
  readonly benchmark: string;
  /** As it was asked for: a base model, `run_.../solver`, a checkpoint. */
  readonly model: string;
  readonly weights: string;
  readonly seed: number;
  readonly settings: EvaluationSettings;
  /** sha256 of the questions and references; null until they were read. Equal digests: the same items. */
  readonly itemsDigest: string | null;
  readonly items: number | null;
  readonly state: JobState;
  readonly summary: BenchmarkSummary | null;
  readonly error: Failure | null;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
}

/** `circuit-open`: an evaluator that failed too often just now and was not asked. */
export type JudgeErrorCode = "unreachable" | "timed-out" | "refused" | "unreadable" | "circuit-open";

/** What a judge said of one answer; a judge that failed has said nothing, which is no "wrong". */
export type JudgeVerdict = JudgeOpinion | { readonly error: JudgeErrorCode; readonly message: string };

export interface JudgeOpinion {
  readonly equivalent: boolean;
  /** In [0, 1]; a judge behind a chat endpoint gives none, and no reasons. */
  readonly score?: number;
  readonly reasons?: readonly string[];
}

export interface GradedAnswer {
  readonly text: string;
  /** Extracted; null where the text holds none. */
  readonly answer: string | null;
  /** By the benchmark's rule. */
  readonly correct: boolean;
  /** How the rule decided, e.g. `numeric` or `error:deadline-exceeded`; null without an answer. */
  readonly how: string | null;
  /** Ended by the length and not by the model. */
  readonly truncated: boolean;
  readonly tokens: number;
  /** Beside the rule's verdict, never in its place; null where no judge was asked. */
  readonly judge: JudgeVerdict | null;
}

/** One question of an evaluation, with every answer. */
export interface EvaluationResult {
  readonly evaluationId: string;
  /** 0, 1, ... in the benchmark's order. */
  readonly position: number;
  readonly itemId: string;
  readonly question: string;
  readonly reference: string;
  readonly skill: string;
  /** [samples] */
  readonly samples: readonly GradedAnswer[];
  readonly greedy: GradedAnswer | null;
  /** Of the first k samples; null without samples. */
  readonly majority: { readonly answer: string | null; readonly correct: boolean } | null;
}

export const RESULT_OUTCOMES = ["right", "mixed", "wrong", "truncated", "unparsed", "ungraded", "disputed"] as const;
/**
 * `right`, `wrong`: all answers are, by the rule; `mixed`: some. The others: at least one answer was cut off, holds no
 * answer although it ended, could not be graded, is judged otherwise than by the rule.
 */
export type ResultOutcome = (typeof RESULT_OUTCOMES)[number];

/** Rule against judge over the answers both have a verdict on. */
export interface Agreement {
  readonly judged: number;
  /** Answers the judge was asked about without a verdict. */
  readonly errors: number;
  readonly bothRight: number;
  readonly onlyRule: number;
  readonly onlyJudge: number;
  readonly bothWrong: number;
  /** (bothRight + bothWrong) / judged; null where nothing was judged. */
  readonly agreement: number | null;
  /** Cohen's; null where chance alone would agree always. */
  readonly kappa: number | null;
}

export interface BenchmarkSummary {
  readonly items: number;
  readonly samples: number;
  readonly k: number;
  readonly meanAtK: Interval | null;
  readonly majAtK: Interval | null;
  readonly passAtK: Interval | null;
  readonly greedy: Interval | null;
  readonly answers: {
    readonly total: number;
    readonly truncated: number;
    /** Ended by themselves and hold no answer. Wrong, never guessed. */
    readonly unparsed: number;
    /** The rule came to no verdict. Counted wrong, and here. */
    readonly ungraded: number;
    readonly tokens: number;
  };
  readonly skills: Readonly<
    Record<string, { readonly items: number; readonly meanAtK: number | null; readonly greedy: number | null }>
  >;
  /** The same metrics by the judge's verdicts alone, over the items it judged whole; null where none was asked. */
  readonly judge: {
    readonly items: number;
    readonly meanAtK: Interval | null;
    readonly greedy: Interval | null;
    readonly agreement: Agreement;
  } | null;
}

/** Two evaluations of the same items, b against a. */
export interface Comparison {
  readonly metric: "meanAtK" | "greedy";
  readonly items: number;
  readonly a: number;
  readonly b: number;
  /** b - a, with a 95 % bootstrap interval over items. */
  readonly difference: Interval;
  /** Items on which b is better, and worse. */
  readonly better: number;
  readonly worse: number;
  readonly test: "mcnemar-exact" | "paired-bootstrap";
  /** Two-sided. */
  readonly pValue: number;
}
