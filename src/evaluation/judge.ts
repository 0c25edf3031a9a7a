/** The port to a judge: a second opinion on whether an answer means what the reference means. */
import { createHash } from "node:crypto";
import type { JudgeVerdict } from "../records/evaluations.ts";

export interface JudgeCase {
  readonly question: string;
  readonly reference: string;
  /** Extracted from the completion; the completion itself is not shown. */
  readonly answer: string;
}

export interface Judge {
  /** Endpoint, model and version of the prompt: verdicts of another name are not this judge's. */
  readonly name: string;
  /** In the order of the cases. Rejects only where the signal ends it. */
  judge(cases: readonly JudgeCase[], signal: AbortSignal): Promise<readonly JudgeVerdict[]>;
}

/** Verdicts by the content they were given on. */
export interface JudgeMemory {
  get(key: string): boolean | null;
  put(key: string, equivalent: boolean): void;
}

/** Asks once about equal cases, now and later; failures are not remembered. */
export function rememberingJudge(judge: Judge, memory: JudgeMemory): Judge {
  return {
    name: judge.name,
    judge: async (cases, signal) => {
      const keys = cases.map((each) => keyOf(judge.name, each));
      const unknown = new Map<string, JudgeCase>();
      keys.forEach((key, index) => {
        if (memory.get(key) === null) unknown.set(key, cases[index]!);
      });
      const told = await judge.judge([...unknown.values()], signal);
      const news = new Map([...unknown.keys()].map((key, index) => [key, told[index]!]));
      for (const [key, verdict] of news) if ("equivalent" in verdict) memory.put(key, verdict.equivalent);
      return keys.map((key) => news.get(key) ?? { equivalent: memory.get(key)! });
    },
  };
}

const keyOf = (name: string, { question, reference, answer }: JudgeCase): string =>
  createHash("sha256")
    .update(JSON.stringify([name, question, reference, answer]))
    .digest("hex");
