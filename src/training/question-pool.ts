/** Pool: the frozen new Challenger proposes N questions; the malformed and the repeated are set aside before any vote. */
import { mapInPieces } from "../policy/map-in-pieces.ts";
import type { WeightsDigest } from "../policy/policy.ts";
import type { Checkpoint, Question } from "../records/records.ts";
import { seededRandom, shuffled } from "../rzero/seeds.ts";
import { timestamp } from "./environment.ts";
import { type PhaseWork, samplingProgress, seedOf } from "./iteration-work.ts";
import { triage } from "./question-triage.ts";
import { rolloutRecord } from "./rollout-records.ts";

/** The whole pool, stored, in the order it was drawn: `malformed`, `duplicate` or `proposed`. */
export async function proposePool(phase: PhaseWork, challenger: Checkpoint): Promise<readonly Question[]> {
  const { environment, run, domain, policy, sampler, iteration, work } = phase;
  const { curriculum } = environment;
  const { size, sampling } = run.config.pool;
  const weights = challenger.digest as WeightsDigest;
  const prompt = policy.tokenizer.renderChat(domain.challengerMessages());
  const promptTokenIds = policy.tokenizer.encode(prompt);
  const { completions } = await sampler.generate({
    weights,
    prompts: Array.from({ length: size }, (_, index) => ({
      tokenIds: promptTokenIds,
      seeds: [seedOf(phase, "pool", { prompt: index })],
    })),
    sampling,
    signal: work.signal,
    onProgress: samplingProgress(phase),
  });
  const proposals = await mapInPieces(completions, ([completion]) => domain.parseProposal(completion!.text));
  const verdicts = await triage(
    phase,
    proposals.map((proposal) => proposal?.question ?? null),
  );
  const rollouts = await mapInPieces(completions, ([completion], index) =>
    rolloutRecord(
      environment,
      completion!,
      {
        runId: run.id,
        role: "challenger",
        prompt,
        promptTokenIds,
        weights,
        policyVersion: challenger.policyVersion,
        temperature: sampling.temperature,
      },
      { group: 0, sample: index, answer: proposals[index]?.question ?? null },
    ),
  );
  const questions = rollouts.map(
    (rollout, index): Question => ({
      id: curriculum.makeId("question"),
      runId: run.id,
      iterationId: iteration.id,
      phaseKind: "pool",
      source: "challenger",
      state: verdicts[index]!.state,
      text: proposals[index]?.question ?? rollout.text,
      proposedAnswer: proposals[index]?.answer ?? null,
      rolloutId: rollout.id,
      pseudoLabel: null,
      majorityShare: null,
      labelCorrect: null,
      verification: null,
      decomposition: null,
      createdAt: timestamp(environment),
    }),
  );
  const pool = [...questions, ...anchorsOf(phase)];
  await curriculum.rollouts.insertMany(rollouts);
  await curriculum.questions.insertMany(pool);
  return pool;
}

/** Some of the questions that a person submitted to the run, as this iteration's own: their label is a vote like any other. */
function anchorsOf(phase: PhaseWork): readonly Question[] {
  const { environment, run, iteration } = phase;
  const { anchors } = run.config.pool;
  if (anchors === 0) return [];
  const submitted = environment.curriculum.questions.submitted(run.id);
  const chosen = shuffled(submitted, seededRandom(seedOf(phase, "anchors"))).slice(0, anchors);
  return chosen.map(({ text }) => ({
    id: environment.curriculum.makeId("question"),
    runId: run.id,
    iterationId: iteration.id,
    phaseKind: "pool",
    source: "submitted",
    state: "proposed",
    text,
    proposedAnswer: null,
    rolloutId: null,
    pseudoLabel: null,
    majorityShare: null,
    labelCorrect: null,
    verification: null,
    decomposition: null,
    createdAt: timestamp(environment),
  }));
}
