/** The Solver's m answers to each question, the vote on them, and the rows that remember both. */
import type { Domain } from "../domains/domain.ts";
import { Verdicts } from "../grading/verdicts.ts";
import { mapInPieces } from "../policy/map-in-pieces.ts";
import type { Completion, GenerateProgress, PolicyTokenizer, WeightsDigest } from "../policy/policy.ts";
import type { Rollout, Solution } from "../records/records.ts";
import type { PolicySampling } from "../rzero/run-config.ts";
import { type Environment, timestamp } from "./environment.ts";
import { type GradedVote, gradedVotes } from "./graded-vote.ts";
import type { PhasePieces } from "./phase-pieces.ts";
import { rolloutRecord } from "./rollout-records.ts";
import type { Sampler } from "./sampler.ts";

export interface VoteRequest {
  readonly sampler: Sampler;
  readonly tokenizer: PolicyTokenizer;
  readonly domain: Domain;
  readonly weights: WeightsDigest;
  readonly questions: readonly string[];
  readonly samples: number;
  readonly sampling: PolicySampling;
  /** Seed of a sample of a question, by their indices. */
  readonly seed: (question: number, sample: number) => number;
  /** Where the votes of each batch are remembered; left out, nowhere. */
  readonly pieces?: PhasePieces;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: GenerateProgress) => void;
}

export interface Ballot {
  readonly prompt: string;
  readonly promptTokenIds: readonly number[];
  /** [m] */
  readonly completions: readonly Completion[];
  /** [m] */
  readonly answers: readonly (string | null)[];
  readonly vote: GradedVote;
}

export interface VoteResult {
  /** One per question. */
  readonly ballots: readonly Ballot[];
  readonly tokens: number;
  readonly seconds: number;
}

export async function voteOnQuestions(request: VoteRequest): Promise<VoteResult> {
  const { domain, tokenizer } = request;
  const prompts = await mapInPieces(request.questions, (question, index) => {
    const prompt = tokenizer.renderChat(domain.solverMessages(question));
    const seeds = Array.from({ length: request.samples }, (_, sample) => request.seed(index, sample));
    return { prompt, tokenIds: tokenizer.encode(prompt), seeds };
  });
  const { completions, tokens, seconds } = await request.sampler.generate({
    weights: request.weights,
    prompts: prompts.map(({ tokenIds, seeds }) => ({ tokenIds, seeds })),
    sampling: request.sampling,
    signal: request.signal,
    onProgress: request.onProgress,
  });
  const answered = await mapInPieces(completions, (texts) => texts.map(({ text }) => domain.extractAnswer(text)));
  const votes = await votesOn(request, answered);
  const ballots = prompts.map(
    ({ prompt, tokenIds }, index): Ballot => ({
      prompt,
      promptTokenIds: tokenIds,
      completions: completions[index]!,
      answers: answered[index]!,
      vote: votes[index]!,
    }),
  );
  return { ballots, tokens, seconds };
}

/** Questions whose answers are compared before their votes are stored. */
const GRADED_AT_ONCE = 256;

/** `answered`: [questions][m] */
async function votesOn(
  { domain, pieces, signal }: VoteRequest,
  answered: readonly (readonly (string | null)[])[],
): Promise<readonly GradedVote[]> {
  const votes: GradedVote[] = [];
  for (let from = 0; from < answered.length; from += GRADED_AT_ONCE) {
    const batch = answered.slice(from, from + GRADED_AT_ONCE);
    const grade = () => gradedVotes(domain.grader, batch, signal);
    votes.push(...(await (pieces?.once(["votes", batch], grade) ?? grade())));
  }
  return votes;
}

export interface BallotOrigin {
  readonly runId: string;
  readonly weights: WeightsDigest;
  readonly policyVersion: number;
  readonly temperature: number;
}

/** The rows of ballots on stored questions; `questionIds` in the same order. */
export async function ballotRecords(
  environment: Pick<Environment, "curriculum" | "now">,
  origin: BallotOrigin,
  questionIds: readonly string[],
  ballots: readonly Ballot[],
): Promise<{ readonly solutions: Solution[]; readonly rollouts: Rollout[] }> {
  const solutions: Solution[] = [];
  const rollouts: Rollout[] = [];
  await mapInPieces(ballots, ({ vote, completions, answers, prompt, promptTokenIds }, group) => {
    const questionId = questionIds[group]!;
    const solutionId = environment.curriculum.makeId("solution");
    solutions.push({
      id: solutionId,
      runId: origin.runId,
      questionId,
      samples: completions.length,
      withoutAnswer: vote.withoutAnswer,
      groups: vote.groups,
      pseudoLabel: vote.pseudoLabel,
      majorityShare: vote.majorityShare,
      gradingErrors: vote.gradingErrors,
      weights: origin.weights,
      policyVersion: origin.policyVersion,
      createdAt: timestamp(environment),
    });
    completions.forEach((completion, sample) => {
      rollouts.push(
        rolloutRecord(
          environment,
          completion,
          { ...origin, role: "solver", prompt, promptTokenIds },
          { group, sample, questionId, solutionId, answer: answers[sample]! },
        ),
      );
    });
  });
  return { solutions, rollouts };
}

/**
 * Are the pseudo-labels true? Null where the domain has no oracle, a question no known answer, or the vote no label.
 * MEASUREMENT ONLY: the result goes into `Question.labelCorrect` and `labelAccuracy`, and nowhere else.
 */
export async function labelsCorrect(
  domain: Domain,
  labelled: readonly { readonly question: string; readonly pseudoLabel: string | null }[],
): Promise<readonly (boolean | null)[]> {
  const pairs = labelled.map(({ question, pseudoLabel }): readonly [string | null, string | null] => [
    pseudoLabel,
    pseudoLabel === null ? null : (domain.oracle?.(question) ?? null),
  ]);
  const verdicts = await Verdicts.of(domain.grader, pairs);
  return pairs.map(([label, truth]) => (label === null || truth === null ? null : verdicts.equivalent(label, truth)));
}
