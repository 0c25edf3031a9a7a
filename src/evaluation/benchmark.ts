/** What a benchmark is: questions with one right answer each, how they are asked, and how an answer is read and compared. */
import type { ChatMessage } from "../policy/policy.ts";
import type { AnswerRule } from "./answer-rules.ts";

/** The metric a benchmark is usually reported by; an evaluation measures the others too where it has what they need. */
export type MetricName = "meanAtK" | "greedy";

export interface BenchmarkItem {
  readonly id: string;
  readonly question: string;
  readonly reference: string;
  /** Subject, task or level, for the table by skill. */
  readonly skill: string;
  /** In the order they are shown; null where the question is open. `reference` is then a letter. */
  readonly choices: readonly string[] | null;
}

export interface Benchmark {
  readonly name: string;
  readonly title: string;
  readonly metric: MetricName;
  /** Samples of each question unless the request says otherwise; 0 where it is reported greedy. */
  readonly samples: number;
  readonly maxTokens: number;
  readonly rule: AnswerRule;
  messages(item: BenchmarkItem): readonly ChatMessage[];
  /** Every item, in the file's order. Throws BenchmarkError `invalid-data`. */
  load(): Promise<readonly BenchmarkItem[]>;
}

export type BenchmarkErrorCode = "unknown-benchmark" | "missing-data" | "invalid-data";

export class BenchmarkError extends Error {
  override readonly name = "BenchmarkError";
  readonly code: BenchmarkErrorCode;
  /** The name of the benchmark. */
  readonly benchmark: string;
  constructor(code: BenchmarkErrorCode, benchmark: string, message: string) {
    super(message);
    this.code = code;
    this.benchmark = benchmark;
  }
}
