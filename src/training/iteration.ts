/**
 * One iteration of R-Zero, top to bottom. Each phase has its own file; the rules are in rzero/.
 *
 * Both heads of the run move together, when everything is done: a run always stands on a whole iteration. A phase is
 * completed in one transaction; an iteration that was interrupted recalls the phases before and goes on within its own.
 */

import { proportion } from "../evaluation/proportion.ts";
import type { GateDecision } from "../records/evaluator.ts";
import type { Checkpoint, EvaluationSummary, Iteration, IterationMetrics, Question, Role } from "../records/records.ts";
import { distinctBigrams, mean, shareHistogram } from "../rzero/metrics.ts";
import { clusterQuestions } from "../rzero/repetition.ts";
import { replayed } from "../rzero/replay.ts";
import { seededRandom } from "../rzero/seeds.ts";
import { challengerPhase } from "./challenger-phase.ts";
import { type Environment, secondsSince, timestamp } from "./environment.ts";
import { evaluateSolver } from "./evaluation-phase.ts";
import { type IterationWork, inPhase, type PhaseWork, seedOf } from "./iteration-work.ts";
import { type Judgement, judgeIteration } from "./judgement.ts";
import { judgeLabels } from "./label-judges.ts";
import { askGate } from "./outside-verdicts.ts";
import { rememberPool } from "./question-memory.ts";
import { proposePool } from "./question-pool.ts";
import { solverPhase } from "./solver-phase.ts";
import { voteAndGate } from "./vote-phase.ts";

export async function runIteration(work: IterationWork): Promise<Iteration> {
  const { curriculum } = work.environment;
  if (work.run.baseEvaluation === null) await evaluateBase(work);
  const challenger = await inPhase(work, "challenger", {
    run: challengerPhase,
    recall: () => trained(work, "challenger"),
    tell: madeCheckpoint(work.challenger),
  });
  const proposed = await inPhase(work, "pool", {
    run: (phase) => proposePool(phase, challenger),
    recall: () => poolOf(work),
  });
  const pool = await inPhase(work, "votes", {
    run: (phase) => voteAndGate(phase, proposed),
    recall: () => poolOf(work),
  });
  const kept = pool.filter(({ state }) => state === "kept");
  const solver = await inPhase(work, "solver", {
    run: (phase) => solverPhase(phase, [...kept, ...rehearsal(phase, kept)]),
    recall: () => trained(work, "solver"),
    tell: madeCheckpoint(work.solver),
  });
  await inPhase<Measured | null>(work, "evaluate", {
    run: (phase) => measure(phase, pool, { challenger, solver }),
    recall: () => null,
    commit: (measured) => {
      if (measured !== null) finish(work, { challenger, solver }, measured);
    },
  });
  return curriculum.iterations.get(work.iteration.id);
}

/** A role that was not trained is where it was, and made no checkpoint. */
const madeCheckpoint = (from: Checkpoint) => (to: Checkpoint) => ({ checkpoint: to.id === from.id ? null : to.id });

/** Once per run: what the Solver could do before it trained. */
function evaluateBase(work: IterationWork): Promise<EvaluationSummary> {
  const { runs } = work.environment.curriculum;
  return inPhase(work, "evaluate-base", {
    run: (phase) => evaluateSolver(phase, phase.solver, { base: true }),
    recall: () => runs.get(work.run.id).baseEvaluation!,
    commit: (summary) => runs.setBaseEvaluation(work.run.id, summary),
  });
}

/** What a role became in this iteration; what it was where it did not change. */
const trained = ({ environment, iteration, ...from }: IterationWork, role: Role): Checkpoint =>
  environment.curriculum.checkpoints.ofIteration(iteration.id, role) ?? from[role];

const poolOf = ({ environment, iteration }: IterationWork): readonly Question[] =>
  environment.curriculum.questions.ofIteration(iteration.id).filter(({ phaseKind }) => phaseKind === "pool");

type Heads = Pick<IterationWork, Role>;

interface Measured {
  readonly metrics: IterationMetrics;
  readonly judgement: Judgement["run"];
  /** Null where no evaluator was asked. */
  readonly gate: GateDecision | null;
}

/** What the iteration came to; all of it is made again where the phase is. */
async function measure(phase: PhaseWork, pool: readonly Question[], reached: Heads): Promise<Measured> {
  const { challenger, solver } = reached;
  await rememberPool(phase, pool);
  const evaluation = await evaluateSolver(phase, solver, { base: false });
  const measured = poolMetrics(phase, pool);
  const signals = { ...poolSignals(measured), ...(await judgeLabels(phase, pool)) };
  const judgement = await judgeIteration(phase, signals, solver.id);
  const metrics = { ...measured, evaluation, ...judgement.metrics };
  return { metrics, judgement: judgement.run, gate: await askGate(phase, challenger, solver, metrics) };
}

/** The run's own rule ended it: what was to follow says why it never began. */
function cancelQueued({ curriculum }: Environment, operationId: string, reason: string, at: string): void {
  for (const { id, state } of curriculum.iterations.ofOperation(operationId)) {
    if (state === "queued") curriculum.iterations.setState(id, "cancelled", at, { code: "stopped", message: reason });
  }
}

/** With the last phase's end: the iteration's, and both heads. Refused by the gate, both go on from where they were. */
function finish(
  { environment, work, run, iteration, ...from }: IterationWork,
  reached: Heads,
  { metrics, judgement, gate }: Measured,
): void {
  const { curriculum } = environment;
  const { challenger, solver } = gate?.accepted === false ? from : reached;
  const finishedAt = timestamp(environment);
  const seconds = secondsSince(environment, Date.parse(iteration.startedAt ?? finishedAt));
  curriculum.runs.setCheckpoint(run.id, "challenger", challenger.id);
  curriculum.runs.setCheckpoint(run.id, "solver", solver.id);
  curriculum.runs.setJudgement(run.id, judgement);
  const heads = { challengerTo: challenger.id, solverTo: solver.id };
  curriculum.iterations.update(iteration.id, { seconds, ...heads, metrics, gate });
  curriculum.iterations.setState(iteration.id, "completed", finishedAt);
  work.emit("iteration.completed", { iteration: iteration.number, iterationId: iteration.id, seconds, metrics, gate });
  if (judgement.stopReason !== null) cancelQueued(environment, work.operation.id, judgement.stopReason, finishedAt);
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
    looks: looksOf(pool),
  };
}

function looksOf(pool: readonly Question[]): IterationMetrics["looks"] {
  const counts = { confirmed: 0, corrected: 0, disputed: 0, torn: 0 };
  for (const { decomposition } of pool) if (decomposition !== null) counts[decomposition.outcome]++;
  return Object.values(counts).some((count) => count > 0) ? counts : null;
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
