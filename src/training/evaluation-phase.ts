/** Evaluation of a Solver on the domain's held-out questions, item by item. */
import { evaluateHeldOut } from "../evaluation/held-out-evaluation.ts";
import type { WeightsDigest } from "../policy/policy.ts";
import type { EvaluationItem } from "../records/evaluation-item.ts";
import type { Checkpoint, EvaluationSummary } from "../records/records.ts";
import { seededRandom } from "../rzero/seeds.ts";
import { evaluationFields } from "./checkpoint-metrics.ts";
import { timestamp } from "./environment.ts";
import { type PhaseWork, samplingProgress, seedOf } from "./iteration-work.ts";

/** Stores the items and the checkpoint's metrics. `base`: the items belong to the run, not to an iteration. */
export async function evaluateSolver(
  phase: PhaseWork,
  solver: Checkpoint,
  options: { readonly base: boolean },
): Promise<EvaluationSummary> {
  const { environment, run, domain, policy, sampler, iteration, work } = phase;
  const { curriculum } = environment;
  const { questions, samples, sampling } = run.config.evaluation;
  const use = phase.phase.kind;
  const { summary, items } = await evaluateHeldOut({
    generate: (request) => sampler.generate(request),
    tokenizer: policy.tokenizer,
    contextLength: policy.model.contextLength,
    domain,
    weights: solver.digest as WeightsDigest,
    questions,
    samples,
    sampling,
    seed: (prompt, sample) => seedOf(phase, use, { prompt, sample }),
    random: seededRandom(seedOf(phase, `${use}-bootstrap`)),
    signal: work.signal,
    onProgress: samplingProgress(phase),
  });
  await curriculum.evaluations.insertMany(
    items.map(
      ({ question, answers, correct, greedyAnswer, greedyCorrect }): EvaluationItem => ({
        id: curriculum.makeId("evaluation"),
        runId: run.id,
        iterationId: options.base ? null : iteration.id,
        role: "solver",
        weights: solver.digest,
        policyVersion: solver.policyVersion,
        itemId: question.id,
        question: question.question,
        reference: question.answer,
        skill: question.skill,
        answers,
        correct,
        greedyAnswer,
        greedyCorrect,
        createdAt: timestamp(environment),
      }),
    ),
  );
  if (solver.runId === run.id) curriculum.checkpoints.addMetrics(solver.id, evaluationFields(summary));
  return summary;
}
