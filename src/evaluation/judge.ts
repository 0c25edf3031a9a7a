/** The port to a judge: a second opinion on whether an answer means what the reference means. */
import { createHash } from "node:crypto";
import type { JudgeOpinion, JudgeVerdict } from "../records/evaluations.ts";

export interface JudgeCase {
  readonly question: string;
  readonly reference: string;
  /** Extracted from the completion; the completion itself is not shown. */
  readonly answer: string;
}

export interface Judge {
  /** Endpoint, model and version of the prompt, or evaluator and version: verdicts of another name are not this judge's. */
  readonly name: string;
  /** In the order of the cases. Rejects only where the signal ends it. */
  judge(cases: readonly JudgeCase[], signal: AbortSignal): Promise<readonly JudgeVerdict[]>;
}

/** An OpenAI-compatible endpoint, as the service was configured: each of its models is a judge. */
export interface JudgeEndpoint {
  /** Where none is asked for by name. */
  readonly model: string;
  judge(model: string): Judge;
}

/** Verdicts by the content they were given on. */
export interface JudgeMemory {
  get(key: string): JudgeOpinion | null;
  put(key: string, opinion: JudgeOpinion): void;
}

/** Asks once about equal cases, now and later; failures are not remembered. */
export function rememberingJudge(judge: Judge, memory: JudgeMemory): Judge {
  return {
    name: judge.name,
    judge: async (cases, signal) => {
      const keys = cases.map((each) => keyOf(judge.name, each));
      const known = new Map<string, JudgeVerdict | null>(keys.map((key) => [key, memory.get(key)]));
      const unknown = new Map<string, JudgeCase>();
      keys.forEach((key, index) => {
        if (known.get(key) === null) unknown.set(key, cases[index]!);
      });
      const told = await judge.judge([...unknown.values()], signal);
      for (const [index, key] of [...unknown.keys()].entries()) {
        const verdict = told[index]!;
        known.set(key, verdict);
        if ("equivalent" in verdict) memory.put(key, verdict);
      }
      return keys.map((key) => known.get(key)!);
    },
  };
}

const keyOf = (name: string, { question, reference, answer }: JudgeCase): string =>
  createHash("sha256")
    .update(JSON.stringify([name, question, reference, answer]))
    .digest("hex");
