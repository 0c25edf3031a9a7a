/** Where an iteration asks evaluators: about rollouts, about pseudo-labels, about its checkpoints. Who, its run says. */
import type { Origin } from "../evaluators/ports.ts";
import type { EvaluatorError, GateDecision, Verification } from "../records/evaluator.ts";
import type { Checkpoint, IterationMetrics, Question } from "../records/records.ts";
import type { IterationWork, PhaseWork } from "./iteration-work.ts";
import { type AnsweredRollout, gradeByDomain, gradeByEvaluator, type RolloutGrade } from "./rollout-grades.ts";
import { ServiceError } from "./services.ts";
import type { Ballot } from "./votes.ts";

/** Within an iteration, or by hand. */
type Asking = Pick<IterationWork, "environment" | "run" | "work"> & Partial<Pick<IterationWork, "iteration">>;

const originOf = ({ run, iteration }: Asking): Origin => ({
  runId: run.id,
  iterationId: iteration?.id ?? null,
  iteration: iteration?.number ?? null,
});

/** `fail`: an evaluator that gives no verdict ends the iteration, or the operation by hand. */
function failWhereAsked({ run }: Asking, kind: string, errors: readonly (EvaluatorError | null)[]): void {
  const error = errors.find((each) => each !== null);
  if (error === undefined || error === null || run.config.evaluators.onError === "skip") return;
  throw new ServiceError(
    "evaluator-failed",
    `the ${kind} ${run.config.evaluators[kind as "gate"]} gave no verdict: ${error.message}`,
  );
}

/** One grade per rollout. Those without a verdict (`onError: skip`) have no reward and are not trained on. */
export async function gradeRollouts(
  phase: PhaseWork,
  rollouts: readonly AnsweredRollout[],
): Promise<readonly RolloutGrade[]> {
  const { environment, run, domain, work } = phase;
  const { grader: id } = run.config.evaluators;
  const { reward } = run.config.solver;
  if (id === null) return gradeByDomain(domain, rollouts, reward, work.signal);
  let failure: EvaluatorError | null = null;
  const grades = await gradeByEvaluator(
    async (...asked) => {
      const results = await environment.evaluators.ask("grader", id)(...asked);
      for (const result of results) if ("error" in result) failure ??= result.error;
      return results;
    },
    rollouts,
    reward,
    originOf(phase),
    work.signal,
  );
  failWhereAsked(phase, "grader", [failure]);
  return grades;
}

/** The kept questions as the verifier leaves them: kept, vetoed or unverified. `ballots`: in their order. */
export async function verifyLabels(
  asking: Asking,
  kept: readonly Question[],
  ballots: readonly Ballot[],
): Promise<readonly Question[]> {
  const { environment, run, work } = asking;
  const { verifier: id } = run.config.evaluators;
  if (id === null || kept.length === 0) return kept;
  const items = kept.map(({ text, pseudoLabel, majorityShare }, index) => ({
    question: text,
    pseudoLabel: pseudoLabel!,
    majorityShare: majorityShare!,
    answers: ballots[index]!.answers,
    completions: ballots[index]!.completions.map((completion) => completion.text),
  }));
  const results = await environment.evaluators.ask("verifier", id)(items, originOf(asking), work.signal);
  failWhereAsked(
    asking,
    "verifier",
    results.map((result) => ("error" in result ? result.error : null)),
  );
  return kept.map((question, index): Question => {
    const verification: Verification = { evaluatorId: id, ...results[index]! };
    if ("error" in verification) return { ...question, state: "unverified", verification };
    return { ...question, state: verification.verdict === "accept" ? "kept" : "vetoed", verification };
  });
}

/** Null where the run names no gate. One item: both roles move together or not at all. */
export async function askGate(
  work: IterationWork,
  challenger: Checkpoint,
  solver: Checkpoint,
  metrics: IterationMetrics,
): Promise<GateDecision | null> {
  const { gate: id } = work.run.config.evaluators;
  if (id === null) return null;
  const shown = ({ id: checkpoint, digest }: Checkpoint) => ({ id: checkpoint, digest });
  const item = { challenger: shown(challenger), solver: shown(solver), metrics: { ...metrics } };
  const [result] = await work.environment.evaluators.ask("gate", id)([item], originOf(work), work.work.signal);
  const judged = { evaluatorId: id, challenger: challenger.id, solver: solver.id };
  if ("error" in result!) {
    failWhereAsked(work, "gate", [result.error]);
    return { ...judged, accepted: false, score: null, reasons: [], error: result.error };
  }
  const { verdict, score, reasons } = result!;
  return { ...judged, accepted: verdict === "accept", score, reasons, error: null };
}
