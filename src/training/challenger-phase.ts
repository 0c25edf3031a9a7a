/**
 * Challenger phase: groups of proposals from one prompt, each paid for how torn the frozen Solver is about it and how
 * much it differs from the rest of the batch (rzero/challenger-reward.ts).
 *
 * The paper's batch of B prompts is B times the same text; a prompt here is one group of `groupSize` rollouts of it.
 */
import { mapInPieces } from "../policy/map-in-pieces.ts";
import type { Completion, WeightsDigest } from "../policy/policy.ts";
import type { Checkpoint, Decomposition, Question } from "../records/records.ts";
import { type ChallengerReward, challengerRewards } from "../rzero/challenger-reward.ts";
import type { TriageVerdict } from "../rzero/difficulty-gate.ts";
import { mean } from "../rzero/metrics.ts";
import { checkLabels, stands } from "./decomposed-votes.ts";
import { timestamp } from "./environment.ts";
import { type PhaseWork, samplingProgress, seedOf } from "./iteration-work.ts";
import { rememberedKinds } from "./question-memory.ts";
import { triage } from "./question-triage.ts";
import { type Standing, type StepBatch, trainRole } from "./role-phase.ts";
import { rolloutRecord } from "./rollout-records.ts";
import { completionMetrics, meanParts } from "./sampling-metrics.ts";
import { type Ballot, ballotRecords, labelsCorrect, voteOnQuestions } from "./votes.ts";

export function challengerPhase(phase: PhaseWork): Promise<Checkpoint> {
  return trainRole(phase, "challenger", phase.challenger, (standing) => proposeAndScore(phase, standing));
}

async function proposeAndScore(phase: PhaseWork, standing: Standing): Promise<StepBatch> {
  const { run, domain, policy, sampler, solver, work } = phase;
  const settings = run.config.challenger;
  const { promptsPerStep, groupSize, steps } = settings;
  const { step } = standing;
  const share = (part: number) => (step - 1 + part) / steps;
  const prompt = policy.tokenizer.renderChat(domain.challengerMessages());
  const promptTokenIds = policy.tokenizer.encode(prompt);

  const proposed = await sampler.generate({
    weights: standing.weights,
    prompts: Array.from({ length: promptsPerStep }, (_, group) => ({
      tokenIds: promptTokenIds,
      seeds: Array.from({ length: groupSize }, (_, sample) =>
        seedOf(phase, "challenger", { step, prompt: group, sample }),
      ),
    })),
    sampling: settings.sampling,
    signal: work.signal,
    onProgress: samplingProgress(phase, share(0), share(0.1), { step, steps }),
  });
  const completions = proposed.completions.flat();
  const parsed = completions.map(({ text }) => domain.parseProposal(text));
  const verdicts = run.config.challenger.gateFirst
    ? await triage(
        phase,
        parsed.map((proposal) => proposal?.question ?? null),
      )
    : null;
  const passes = (index: number) => verdicts === null || verdicts[index]!.state === "proposed";
  const proposals = parsed.map((proposal, index) => (passes(index) ? proposal : null));
  const wellFormed = proposals.flatMap((proposal, index) => (proposal === null ? [] : [index]));

  const votes = await voteOnQuestions({
    sampler,
    tokenizer: policy.tokenizer,
    domain,
    weights: solver.digest as WeightsDigest,
    questions: wellFormed.map((index) => proposals[index]!.question),
    samples: run.config.votes.samples,
    sampling: run.config.votes.sampling,
    seed: (question, sample) => seedOf(phase, "challenger-votes", { step, prompt: wellFormed[question]!, sample }),
    pieces: phase.pieces,
    signal: work.signal,
    onProgress: samplingProgress(phase, share(0.1), share(0.8), { step, steps }),
  });
  const ballots: (Ballot | null)[] = completions.map(() => null);
  wellFormed.forEach((index, question) => {
    ballots[index] = votes.ballots[question]!;
  });
  const checked = settings.checkedOnly
    ? await checkLabels(
        phase,
        wellFormed.map((index) => ({
          text: proposals[index]!.question,
          place: (step - 1) * completions.length + index,
          ballot: ballots[index]!,
        })),
        "challenger-looks",
      )
    : null;
  const decompositions = new Map(wellFormed.map((index, at) => [index, checked?.[at]?.decomposition ?? null]));
  const remembered = rememberedKinds(phase);
  const rewards = challengerRewards(
    proposals.map((proposal, index) =>
      proposal === null
        ? null
        : {
            words: domain.words(proposal.question),
            majorityShare: ballots[index]!.vote.majorityShare,
            ...(checked === null ? {} : { checked: stands(decompositions.get(index)!, run.config.pool.gate) }),
            remembered: remembered?.kinds.sizeOf(proposal.question) ?? 0,
          },
    ),
    settings,
    remembered?.memory,
  );

  const inGroups = <T>(items: readonly T[]): T[][] =>
    Array.from({ length: promptsPerStep }, (_, group) => items.slice(group * groupSize, (group + 1) * groupSize));
  return {
    groups: inGroups(
      completions.map(({ tokenIds, rawLogprobs }, index) => ({
        promptTokenIds,
        tokenIds,
        rawLogprobs,
        reward: rewards[index]!.reward,
      })),
    ),
    temperature: settings.sampling.temperature,
    measured: {
      reward: mean(rewards.map(({ reward }) => reward)),
      rewardParts: meanParts(rewards.map(rewardParts)),
      // Lengths are of what is trained on; the speed counts the votes too.
      ...completionMetrics(completions, {
        tokens: proposed.tokens + votes.tokens,
        seconds: proposed.seconds + votes.seconds,
      }),
    },
    store: (advantages) =>
      store(phase, standing, {
        prompt,
        promptTokenIds,
        completions,
        verdicts,
        ballots,
        decompositions,
        rewards,
        advantages,
      }),
  };
}

function rewardParts(reward: ChallengerReward): Record<string, number> {
  const { formatReward, uncertaintyReward, repetitionPenalty, memoryPenalty, clusterSize } = reward;
  return { formatReward, uncertaintyReward, repetitionPenalty, memoryPenalty, clusterSize };
}

interface ScoredProposals {
  readonly prompt: string;
  readonly promptTokenIds: readonly number[];
  readonly completions: readonly Completion[];
  /** Null where only the form was looked at. */
  readonly verdicts: readonly TriageVerdict[] | null;
  readonly ballots: readonly (Ballot | null)[];
  /** By index; of those that were voted on. */
  readonly decompositions: ReadonlyMap<number, Decomposition | null>;
  readonly rewards: readonly ChallengerReward[];
  readonly advantages: readonly (readonly number[])[];
}

async function store(phase: PhaseWork, standing: Standing, scored: ScoredProposals): Promise<readonly string[]> {
  const { environment, run, domain, solver } = phase;
  const { curriculum } = environment;
  const { groupSize, sampling } = run.config.challenger;
  const { completions, verdicts, ballots, decompositions, rewards, advantages, prompt, promptTokenIds } = scored;
  const { weights, policyVersion } = standing;
  const proposals = completions.map(({ text }) => domain.parseProposal(text));
  const rollouts = await mapInPieces(completions, (completion, index) =>
    rolloutRecord(
      environment,
      completion,
      {
        runId: run.id,
        role: "challenger",
        prompt,
        promptTokenIds,
        weights,
        policyVersion,
        temperature: sampling.temperature,
      },
      {
        group: Math.floor(index / groupSize),
        sample: index % groupSize,
        answer: proposals[index]?.question ?? null,
        reward: rewards[index]!.reward,
        rewardParts: rewardParts(rewards[index]!),
        advantage: advantages[Math.floor(index / groupSize)]![index % groupSize]!,
      },
    ),
  );
  const correct = await labelsCorrect(
    domain,
    proposals.map((proposal, index) => ({
      question: proposal?.question ?? "",
      pseudoLabel: proposal === null ? null : (ballots[index]?.vote.pseudoLabel ?? null),
    })),
  );
  const questions = completions.map((completion, index): Question => {
    const proposal = proposals[index]!;
    const vote = ballots[index]?.vote;
    return {
      id: curriculum.makeId("question"),
      runId: run.id,
      iterationId: phase.iteration.id,
      phaseKind: "challenger",
      source: "challenger",
      state: verdicts?.[index]?.state ?? (proposal === null ? "malformed" : "proposed"),
      text: proposal === null ? completion.text : proposal.question,
      proposedAnswer: proposal?.answer ?? null,
      rolloutId: rollouts[index]!.id,
      pseudoLabel: vote?.pseudoLabel ?? null,
      majorityShare: vote?.majorityShare ?? null,
      labelCorrect: correct[index]!,
      verification: null,
      decomposition: decompositions.get(index) ?? null,
      createdAt: timestamp(environment),
    };
  });
  const voted = questions.filter((_, index) => ballots[index] !== null);
  const records = await ballotRecords(
    environment,
    {
      runId: run.id,
      weights: solver.digest as WeightsDigest,
      policyVersion: solver.policyVersion,
      temperature: run.config.votes.sampling.temperature,
    },
    voted.map(({ id }) => id),
    ballots.filter((ballot) => ballot !== null),
  );
  await curriculum.rollouts.insertMany(rollouts);
  await curriculum.questions.insertMany(questions);
  await curriculum.solutions.insertMany(records.solutions);
  await curriculum.rollouts.insertMany(records.rollouts);
  return rollouts.map(({ id }) => id);
}
