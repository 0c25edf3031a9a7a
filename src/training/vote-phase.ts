/** Votes: the Solver answers each question of the pool m times; the gate keeps those it is torn about. */
import { mapInPieces } from "../policy/map-in-pieces.ts";
import type { WeightsDigest } from "../policy/policy.ts";
import type { Question } from "../records/records.ts";
import { difficultyGate } from "../rzero/difficulty-gate.ts";
import { type PhaseWork, samplingProgress, seedOf } from "./iteration-work.ts";
import { verifyLabels } from "./outside-verdicts.ts";
import { ballotRecords, labelsCorrect, voteOnQuestions } from "./votes.ts";

/** The pool as judged: `kept` are the curriculum. In the order of `pool`. */
export async function voteAndGate(phase: PhaseWork, pool: readonly Question[]): Promise<readonly Question[]> {
  const { environment, run, domain, policy, sampler, solver, work } = phase;
  const { curriculum } = environment;
  const candidates = pool.filter(({ state }) => state === "proposed");
  const place = new Map(pool.map(({ id }, index) => [id, index]));
  const weights = solver.digest as WeightsDigest;
  const { ballots } = await voteOnQuestions({
    sampler,
    tokenizer: policy.tokenizer,
    domain,
    weights,
    questions: candidates.map(({ text }) => text),
    samples: run.config.votes.samples,
    sampling: run.config.votes.sampling,
    seed: (question, sample) => seedOf(phase, "votes", { prompt: place.get(candidates[question]!.id)!, sample }),
    signal: work.signal,
    onProgress: samplingProgress(phase),
  });
  const records = await ballotRecords(
    environment,
    {
      runId: run.id,
      weights,
      policyVersion: solver.policyVersion,
      temperature: run.config.votes.sampling.temperature,
    },
    candidates.map(({ id }) => id),
    ballots,
  );
  const correct = await labelsCorrect(
    domain,
    candidates.map(({ text }, index) => ({ question: text, pseudoLabel: ballots[index]!.vote.pseudoLabel })),
  );
  const judged = await mapInPieces(candidates, (question, index): Question => {
    const { pseudoLabel, majorityShare } = ballots[index]!.vote;
    return {
      ...question,
      // The gate sees the vote and nothing else; the oracle's verdict is filled in beside it, for measurement.
      state: difficultyGate({ pseudoLabel, majorityShare }, run.config.pool.difficultyBand).state,
      pseudoLabel,
      majorityShare,
      labelCorrect: correct[index]!,
    };
  });
  const places = judged.flatMap(({ state }, index) => (state === "kept" ? [index] : []));
  const verified = await verifyLabels(
    phase,
    places.map((index) => judged[index]!),
    places.map((index) => ballots[index]!),
  );
  await curriculum.solutions.insertMany(records.solutions);
  await curriculum.rollouts.insertMany(records.rollouts);
  const byId = new Map([...judged, ...verified].map((question) => [question.id, question]));
  await curriculum.questions.judge([...byId.values()].map(verdictOf));
  return pool.map((question) => byId.get(question.id) ?? question);
}

/** What a vote decided about a question. */
export function verdictOf({ id, state, pseudoLabel, majorityShare, labelCorrect: correct, verification }: Question) {
  return { id, state, pseudoLabel, majorityShare, labelCorrect: correct, verification };
}
