/**
 * Judges of the curriculum's labels that are no oracle: what the Solver and the base each answer greedily, and what the
 * Challenger boxed. Measured for the early warning (rzero/collapse-risk.ts); they decide nothing.
 */
import { Verdicts } from "../grading/verdicts.ts";
import { mapInPieces } from "../policy/map-in-pieces.ts";
import type { WeightsDigest } from "../policy/policy.ts";
import type { Question } from "../records/records.ts";
import type { IterationSignals } from "../rzero/collapse-risk.ts";
import type { PhaseWork } from "./iteration-work.ts";

export type LabelSignals = Pick<IterationSignals, "proposerAgreement" | "greedyAgreement" | "baseAgreement">;

/** A larger curriculum is judged by this many, evenly spaced. */
const JUDGED_AT_MOST = 400;

export async function judgeLabels(phase: PhaseWork, pool: readonly Question[]): Promise<LabelSignals> {
  const { policy, solver } = phase;
  const voted = pool.filter(({ pseudoLabel, proposedAnswer }) => pseudoLabel !== null && proposedAnswer !== null);
  const kept = evenly(pool.filter(({ state }) => state === "kept"));
  return {
    proposerAgreement: await agreement(
      phase,
      voted,
      voted.map(({ proposedAnswer }) => proposedAnswer),
    ),
    greedyAgreement: await agreement(phase, kept, await greedyAnswers(phase, solver.digest as WeightsDigest, kept)),
    baseAgreement: await agreement(phase, kept, await greedyAnswers(phase, policy.model.baseWeights, kept)),
  };
}

function evenly<T>(items: readonly T[]): readonly T[] {
  const every = Math.max(1, Math.ceil(items.length / JUDGED_AT_MOST));
  return items.filter((_, index) => index % every === 0);
}

async function greedyAnswers(
  { policy, sampler, domain, run, work }: PhaseWork,
  weights: WeightsDigest,
  questions: readonly Question[],
): Promise<readonly (string | null)[]> {
  if (questions.length === 0) return [];
  const { maxTokens } = run.config.votes.sampling;
  const { completions } = await sampler.generate({
    weights,
    prompts: await mapInPieces(questions, ({ text }) => ({
      tokenIds: policy.tokenizer.encode(policy.tokenizer.renderChat(domain.solverMessages(text))),
      seeds: [0],
    })),
    sampling: { temperature: 0, topP: 1, topK: 0, minP: 0, maxTokens },
    signal: work.signal,
  });
  return mapInPieces(completions, ([completion]) => domain.extractAnswer(completion!.text));
}

/** Share of the questions whose label the answer is; null of no questions. */
async function agreement(
  { domain, work }: PhaseWork,
  questions: readonly Question[],
  answers: readonly (string | null)[],
): Promise<number | null> {
  if (questions.length === 0) return null;
  const pairs = questions.map(({ pseudoLabel }, index) => [answers[index]!, pseudoLabel] as const);
  const verdicts = await Verdicts.of(domain.grader, pairs, work.signal);
  const same = pairs.filter(
    ([answer, label]) => answer !== null && label !== null && verdicts.equivalent(answer, label),
  );
  return same.length / questions.length;
}
