/**
 * One iteration of R-Zero, top to bottom. Each phase has its own file; the rules are in rzero/.
 *
 * Both heads of the run move together, when everything is done: a run always stands on a whole iteration.
 */
import { proportion } from "../evaluation/proportion.ts";
import type { Checkpoint, Iteration, IterationMetrics, Question } from "../records/records.ts";
import { distinctBigrams, mean, shareHistogram } from "../rzero/metrics.ts";
import { clusterQuestions } from "../rzero/repetition.ts";
import { replayed } from "../rzero/replay.ts";
import { seededRandom } from "../rzero/seeds.ts";
import { challengerPhase } from "./challenger-phase.ts";
import { timestamp } from "./environment.ts";
import { evaluateSolver } from "./evaluation-phase.ts";
import { type IterationWork, inPhase, type PhaseWork, seedOf } from "./iteration-work.ts";
import { type Judgement, judgeIteration } from "./judgement.ts";
import { judgeLabels } from "./label-judges.ts";
import { rememberPool } from "./question-memory.ts";
import { proposePool } from "./question-pool.ts";
import { solverPhase } from "./solver-phase.ts";
import { voteAndGate } from "./vote-phase.ts";

export async function runIteration(work: IterationWork): Promise<Iteration> {
  if (work.run.baseEvaluation === null) await inPhase(work, "evaluate-base", evaluateBase);
  const challenger = await inPhase(work, "challenger", challengerPhase);
  const proposed = await inPhase(work, "pool", (phase) => proposePool(phase, challenger));
  const { pool, labels } = await inPhase(work, "votes", async (phase) => {
    const judged = await voteAndGate(phase, proposed);
    await rememberPool(work, judged);
    return { pool: judged, labels: await judgeLabels(phase, judged) };
  });
  const kept = pool.filter(({ state }) => state === "kept");
  const solver = await inPhase(work, "solver", (phase) => solverPhase(phase, [...kept, ...rehearsal(phase, kept)]));
  const measured = poolMetrics(work, pool);
  const { evaluation, judgement } = await inPhase(work, "evaluate", async (phase) => ({
    evaluation: await evaluateSolver(phase, solver, { base: false }),
    judgement: await judgeIteration(phase, { ...labels, ...poolSignals(measured) }, solver.id),
  }));
  return finish(work, challenger, solver, { ...measured, evaluation, ...judgement.metrics }, judgement.run);
}

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
  judgement: Judgement["run"],
): Iteration {
  const { curriculum } = environment;
  const finishedAt = timestamp(environment);
  const started = curriculum.iterations.get(iteration.id).startedAt ?? finishedAt;
  return curriculum.transaction(() => {
    curriculum.runs.setCheckpoint(run.id, "challenger", challenger.id);
    curriculum.runs.setCheckpoint(run.id, "solver", solver.id);
    curriculum.runs.setJudgement(run.id, judgement);
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

export function poolMetrics(
  { run, domain }: Pick<IterationWork, "run" | "domain">,
  pool: readonly Question[],
): Omit<IterationMetrics, "evaluation"> {
  const wellFormed = pool.filter(({ state }) => state !== "malformed");
  const voted = pool.filter(({ majorityShare }) => majorityShare !== null);
  const kept = pool.filter(({ state }) => state === "kept");
  const judgedLabels = kept.filter(({ labelCorrect }) => labelCorrect !== null);
  const shares = voted.map(({ majorityShare }) => majorityShare!);
  const words = wellFormed.map(({ text }) => domain.words(text));
  const every = Math.max(1, Math.ceil(words.length / CLUSTERED_AT_MOST));
  const clustered = words.filter((_, index) => index % every === 0);
  const labels = proportion(judgedLabels.filter(({ labelCorrect }) => labelCorrect).length, judgedLabels.length);
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
    labelAccuracy: labels?.value ?? null,
    labels,
  };
}

function poolSignals({ proposed, wellFormed, clusters, clustered }: Omit<IterationMetrics, "evaluation">) {
  return {
    formatRate: proposed === 0 ? null : wellFormed / proposed,
    diversity: clustered === 0 ? null : clusters / clustered,
  };
}

/** Questions of earlier iterations that the Solver goes through once more, with the labels they were given then. */
function rehearsal(phase: PhaseWork, kept: readonly Question[]): readonly Question[] {
  const { environment, run } = phase;
  const { replayShare } = run.config.solver;
  if (replayShare === 0) return [];
  const { questions } = environment.curriculum;
  const random = seededRandom(seedOf(phase, "replay"));
  return questions.getMany(replayed(questions.keptBefore(run.id), kept.length, replayShare, random));
}
