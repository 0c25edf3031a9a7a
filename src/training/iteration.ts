/**
 * One iteration of R-Zero, top to bottom. Each phase has its own file; the rules are in rzero/.
 *
 * Both heads of the run move together, when everything is done: a run always stands on a whole iteration.
 */
import type { Checkpoint, EvaluationSummary, Iteration, IterationMetrics, Question } from "../records/records.ts";
import { distinctBigrams, mean, shareHistogram } from "../rzero/metrics.ts";
import { clusterQuestions } from "../rzero/repetition.ts";
import { challengerPhase } from "./challenger-phase.ts";
import { timestamp } from "./environment.ts";
import { evaluateSolver } from "./evaluation-phase.ts";
import { type IterationWork, inPhase } from "./iteration-work.ts";
import { proposePool } from "./question-pool.ts";
import { solverPhase } from "./solver-phase.ts";
import { voteAndGate } from "./vote-phase.ts";

export async function runIteration(work: IterationWork): Promise<Iteration> {
  if (work.run.baseEvaluation === null) await inPhase(work, "evaluate-base", evaluateBase);
  const challenger = await inPhase(work, "challenger", challengerPhase, madeCheckpoint(work.challenger));
  const proposed = await inPhase(work, "pool", (phase) => proposePool(phase, challenger));
  const pool = await inPhase(work, "votes", (phase) => voteAndGate(phase, proposed));
  const kept = pool.filter(({ state }) => state === "kept");
  const solver = await inPhase(work, "solver", (phase) => solverPhase(phase, kept), madeCheckpoint(work.solver));
  const evaluation = await inPhase(work, "evaluate", (phase) => evaluateSolver(phase, solver, { base: false }));
  return finish(work, challenger, solver, iterationMetrics(work, pool, evaluation));
}

/** A role that was not trained is where it was, and made no checkpoint. */
const madeCheckpoint = (from: Checkpoint) => (to: Checkpoint) => ({ checkpoint: to.id === from.id ? null : to.id });

/** Once per run: what the Solver could do before it trained. */
const evaluateBase: Parameters<typeof inPhase<void>>[2] = async (phase) => {
  const summary = await evaluateSolver(phase, phase.solver, { base: true });
  phase.environment.curriculum.runs.setBaseEvaluation(phase.run.id, summary);
};

function finish(
  { environment, run, iteration }: IterationWork,
  challenger: Checkpoint,
  solver: Checkpoint,
  metrics: IterationMetrics,
): Iteration {
  const { curriculum } = environment;
  const finishedAt = timestamp(environment);
  const started = curriculum.iterations.get(iteration.id).startedAt ?? finishedAt;
  return curriculum.transaction(() => {
    curriculum.runs.setCheckpoint(run.id, "challenger", challenger.id);
    curriculum.runs.setCheckpoint(run.id, "solver", solver.id);
    curriculum.iterations.update(iteration.id, {
      seconds: (Date.parse(finishedAt) - Date.parse(started)) / 1000,
      challengerTo: challenger.id,
      solverTo: solver.id,
      metrics,
    });
    return curriculum.iterations.setState(iteration.id, "completed", finishedAt);
  });
}

/** Clustering compares every question with every other; a larger pool is judged by this many, evenly spaced. */
const CLUSTERED_AT_MOST = 500;

export function iterationMetrics(
  { run, domain }: Pick<IterationWork, "run" | "domain">,
  pool: readonly Question[],
  evaluation: EvaluationSummary,
): IterationMetrics {
  const wellFormed = pool.filter(({ state }) => state !== "malformed");
  const voted = pool.filter(({ majorityShare }) => majorityShare !== null);
  const kept = pool.filter(({ state }) => state === "kept");
  const judgedLabels = kept.filter(({ labelCorrect }) => labelCorrect !== null);
  const shares = voted.map(({ majorityShare }) => majorityShare!);
  const words = wellFormed.map(({ text }) => domain.words(text));
  const every = Math.max(1, Math.ceil(words.length / CLUSTERED_AT_MOST));
  const clustered = words.filter((_, index) => index % every === 0);
  return {
    proposed: pool.length,
    wellFormed: wellFormed.length,
    distinct: voted.length,
    kept: kept.length,
    shareHistogram: shareHistogram(shares),
    meanMajorityShare: mean(shares),
    clustered: clustered.length,
    clusters: clusterQuestions(clustered, run.config.challenger.repetitionThreshold).sizes.length,
    distinctBigrams: distinctBigrams(words),
    labelAccuracy:
      judgedLabels.length === 0 ? null : mean(judgedLabels.map(({ labelCorrect }) => (labelCorrect ? 1 : 0))),
    evaluation,
  };
}
