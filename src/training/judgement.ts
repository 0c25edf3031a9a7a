/**
 * What an iteration's held-out answers say of its run: is it better than before, which checkpoint is best, does it go on.
 *
 * Differences in accuracy are measured against the truth and decide nothing. Everything else is what the samples say of each
 * other; the truth of held-out questions is not read.
 */
import { compareEvaluations } from "../evaluation/compare-evaluations.ts";
import type { EvaluationItem } from "../records/evaluation-item.ts";
import type { HeldOutComparison, IterationMetrics, PairedDifference, Run } from "../records/records.ts";
import { bestOf, consensusScores } from "../rzero/best-checkpoint.ts";
import { collapseRisk, type IterationSignals } from "../rzero/collapse-risk.ts";
import { majorityVote } from "../rzero/majority-vote.ts";
import { mean } from "../rzero/metrics.ts";
import { seededRandom } from "../rzero/seeds.ts";
import { stopReason } from "../rzero/stop-rule.ts";
import { type PhaseWork, seedOf } from "./iteration-work.ts";
import type { LabelSignals } from "./label-judges.ts";

/** A checkpoint of the run's Solver with its held-out answers, in the order of the questions. */
interface Examined {
  readonly checkpointId: string;
  readonly items: readonly EvaluationItem[];
}

export interface Judgement {
  readonly metrics: Pick<IterationMetrics, "signals" | "collapseRisk" | "sinceBase" | "sinceLast">;
  readonly run: Pick<Run, "bestCheckpointId" | "stopReason">;
}

/** What the pool showed, before the held-out set is looked at. */
export type PoolSignals = LabelSignals & Pick<IterationSignals, "formatRate" | "diversity">;

export async function judgeIteration(phase: PhaseWork, pool: PoolSignals, solverId: string): Promise<Judgement> {
  const { environment, run, iteration } = phase;
  const { curriculum } = environment;
  const earlier = curriculum.iterations.ofRun(run.id).filter(({ state }) => state === "completed");
  const now: Examined = { checkpointId: solverId, items: curriculum.evaluations.ofIteration(iteration.id) };
  const before = [
    baseOf(phase),
    ...earlier.map(({ id, solverTo }) => ({ checkpointId: solverTo!, items: curriculum.evaluations.ofIteration(id) })),
  ].filter(
    // A checkpoint that was deleted cannot be the best, and answers to other questions cannot be compared.
    ({ checkpointId, items }) => curriculum.checkpoints.find(checkpointId) !== null && sameQuestions(items, now.items),
  );
  const examined = [...before, now];
  const answers = await answersByName(phase, examined);
  const scores = now.items.length === 0 ? [] : consensusScores(answers);
  const own = answers.map((question) => question.at(-1)!);
  const signals: IterationSignals = {
    ...pool,
    answerRate: now.items.length === 0 ? null : mean(own.flat().map((answer) => (answer === null ? 0 : 1))),
    selfConsistency: now.items.length === 0 ? null : mean(own.map(majorityShare)),
    consensus: scores.at(-1) ?? null,
  };
  const risk = collapseRisk(
    signals,
    earlier.flatMap(({ metrics }) => metrics?.signals ?? []),
  );
  // Without held-out questions the latest is the best.
  const merits = scores.length === 0 ? examined.map((_, index) => index) : scores;
  // Pruned ones are compared with, so that what a run does depends on no rule about disks; the best is one that can be used.
  const usable = examined.flatMap(({ checkpointId }, index) =>
    curriculum.checkpoints.get(checkpointId).prunedAt === null ? [index] : [],
  );
  const best = usable[bestOf(usable.map((index) => merits[index]!))]!;
  return {
    metrics: {
      signals,
      collapseRisk: risk,
      sinceBase: compare(phase, now.items, curriculum.evaluations.ofBase(run.id), "base"),
      sinceLast: compare(phase, now.items, before.at(-1)?.items ?? [], "last"),
    },
    run: {
      bestCheckpointId: examined[best]!.checkpointId,
      stopReason: stopReason({ risk, sinceBest: examined.length - 1 - bestOf(merits) }, run.config.stopOn),
    },
  };
}

/** The Solver that the run's base evaluation is of. */
function baseOf({ environment, run }: PhaseWork): Examined {
  const { evaluations, checkpoints } = environment.curriculum;
  const items = evaluations.ofBase(run.id);
  const [checkpoint] = items[0] === undefined ? [] : checkpoints.byDigest(items[0].weights);
  return { checkpointId: checkpoint?.id ?? "", items };
}

const sameQuestions = (a: readonly EvaluationItem[], b: readonly EvaluationItem[]): boolean =>
  a.length === b.length && a.every(({ itemId }, index) => itemId === b[index]!.itemId);

/** [questions][checkpoints][k]: each answer by the name of its group, so that equivalent ones are equal. */
async function answersByName(
  { domain, work }: PhaseWork,
  examined: readonly Examined[],
): Promise<readonly (readonly (readonly (string | null)[])[])[]> {
  const questions = examined[0]!.items.map((_, question) => examined.map(({ items }) => items[question]!.answers));
  const given = questions.map((checkpoints) => checkpoints.flat().filter((answer) => answer !== null));
  const groupings = await domain.grader.group(given, work.signal);
  return questions.map((checkpoints, question) => {
    const { first } = groupings[question]!;
    const named = new Map(given[question]!.map((answer, place) => [answer, String(first[place])]));
    return checkpoints.map((answers) => answers.map((answer) => (answer === null ? null : named.get(answer)!)));
  });
}

const majorityShare = (answers: readonly (string | null)[]): number =>
  majorityVote(answers, (a, b) => a === b).majorityShare;

function compare(
  phase: PhaseWork,
  after: readonly EvaluationItem[],
  before: readonly EvaluationItem[],
  with_: string,
): HeldOutComparison | null {
  if (after.length === 0 || !sameQuestions(after, before)) return null;
  const random = seededRandom(seedOf(phase, `compare-with-${with_}`));
  const share = ({ correct, answers }: EvaluationItem) => correct / answers.length;
  const greedy = ({ greedyCorrect }: EvaluationItem) => Number(greedyCorrect);
  const difference = (metric: "meanAtK" | "greedy", read: (item: EvaluationItem) => number): PairedDifference => {
    const compared = compareEvaluations(metric, before.map(read), after.map(read), random);
    return { ...compared.difference, p: compared.pValue };
  };
  return {
    questions: after.length,
    meanAtK: difference("meanAtK", share),
    greedy: difference("greedy", greedy),
  };
}
