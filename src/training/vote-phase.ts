/** Votes: the Solver answers each question of the pool m times; the gate keeps those it is torn about. */

import { Verdicts } from "../grading/verdicts.ts";
import { mapInPieces } from "../policy/map-in-pieces.ts";
import type { WeightsDigest } from "../policy/policy.ts";
import type { Decomposition, Question, QuestionState } from "../records/records.ts";
import { answerSpaces } from "../rzero/agreement-by-luck.ts";
import { difficultyGate } from "../rzero/difficulty-gate.ts";
import type { Vote } from "../rzero/majority-vote.ts";
import { refusedVote } from "../rzero/question-gate.ts";
import type { RunConfig } from "../rzero/run-config.ts";
import { checkLabels, OWN_VOTES } from "./decomposed-votes.ts";
import { type PhaseWork, samplingProgress, seedOf } from "./iteration-work.ts";
import { verifyLabels } from "./outside-verdicts.ts";
import { type Ballot, ballotRecords, labelsCorrect, voteOnQuestions } from "./votes.ts";

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
    pieces: phase.pieces,
    signal: work.signal,
    onProgress: samplingProgress(phase, 0, run.config.pool.gate.decompositions > 0 ? OWN_VOTES : 1),
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
  const checked = await checkLabels(
    phase,
    candidates.map(({ id, text }, index) => ({ text, place: place.get(id)!, ballot: ballots[index]! })),
  );
  const correct = await labelsCorrect(
    domain,
    candidates.map(({ text }, index) => ({ question: text, pseudoLabel: checked[index]!.label })),
  );
  const refused = await refusals(phase, candidates, ballots);
  const judged = await mapInPieces(candidates, (question, index): Question => {
    const { majorityShare } = ballots[index]!.vote;
    const { label: pseudoLabel, decomposition } = checked[index]!;
    return {
      ...question,
      // The gate sees the votes and nothing else; the oracle's verdict is filled in beside it, for measurement.
      state: stateOf({ pseudoLabel, majorityShare }, decomposition, refused[index]!, run.config.pool),
      pseudoLabel,
      majorityShare,
      labelCorrect: correct[index]!,
      decomposition,
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

/** A label that was looked at again needs no votes to speak for it, only a question that is not too easy. */
function stateOf(
  vote: Pick<Vote, "pseudoLabel" | "majorityShare">,
  decomposition: Decomposition | null,
  refused: string | null,
  { difficultyBand: band, gate }: RunConfig["pool"],
): QuestionState {
  switch (decomposition?.outcome) {
    case undefined:
      return refused === null ? difficultyGate(vote, band).state : "outside-band";
    case "confirmed":
      return difficultyGate(vote, { min: 0, max: band.max }).state;
    case "corrected":
      return gate.keepCorrected ? "kept" : "disputed";
    case "disputed":
      return "disputed";
    case "torn":
      return "outside-band";
  }
}

/** Why each question is refused whatever its share (rzero/question-gate.ts); null where it is not. */
async function refusals(
  { run, domain, work }: PhaseWork,
  candidates: readonly Question[],
  ballots: readonly Ballot[],
): Promise<readonly (string | null)[]> {
  const { gate } = run.config.pool;
  const { samples } = run.config.votes;
  const spaces = answerSpaces(
    ballots.map(({ vote }) => ({
      pseudoLabel: vote.pseudoLabel,
      votes: new Map(vote.groups.map(({ answer, count }) => [answer, count])),
    })),
  );
  const own = candidates.map(
    ({ proposedAnswer }, index) => [proposedAnswer, ballots[index]!.vote.pseudoLabel] as const,
  );
  const verdicts = gate.proposerAgrees ? await Verdicts.of(domain.grader, own, work.signal) : null;
  return mapInPieces(ballots, ({ vote }, index) => {
    const [proposed, label] = own[index]!;
    const proposerAgrees =
      verdicts !== null && proposed !== null && label !== null && verdicts.equivalent(proposed, label);
    return refusedVote({ vote, samples, answers: spaces[index]!, proposerAgrees }, gate);
  });
}

/** What a vote decided about a question. */
export function verdictOf(question: Question) {
  const { id, state, pseudoLabel, majorityShare, labelCorrect: correct, verification, decomposition } = question;
  return { id, state, pseudoLabel, majorityShare, labelCorrect: correct, verification, decomposition };
}
