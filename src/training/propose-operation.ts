/** Proposing by hand: one group of completions of the Challenger's prompt, sampled as its phase would sample them. */
import { datedPolicy } from "../policy/dated-policy.ts";
import type { WeightsDigest } from "../policy/policy.ts";
import type { Question } from "../records/records.ts";
import { deriveSeed } from "../rzero/seeds.ts";
import { type Environment, timestamp } from "./environment.ts";
import { domainOf } from "./find-domain.ts";
import type { OperationHandler, Work } from "./operation-handler.ts";
import { rolloutRecord } from "./rollout-records.ts";
import { createSampler } from "./sampler.ts";
import { samplingOnly } from "./sampling-operation.ts";

export interface ProposeRequest {
  readonly run: string;
  readonly count: number;
  readonly seed: number;
}

export function proposeOperation(environment: Environment): OperationHandler {
  return samplingOnly(environment, (work) => propose(environment, work));
}

async function propose(environment: Environment, work: Work): Promise<unknown> {
  const { curriculum } = environment;
  const { run: runId, count, seed } = work.operation.request as ProposeRequest;
  const run = curriculum.runs.get(runId);
  const challenger = curriculum.checkpoints.get(run.challengerCheckpointId);
  const domain = domainOf(environment, run.domain);
  const policy = datedPolicy(await environment.policy.get(), run.createdAt);
  const weights = challenger.digest as WeightsDigest;
  const { sampling } = run.config.challenger;
  const prompt = policy.tokenizer.renderChat(domain.challengerMessages());
  const promptTokenIds = policy.tokenizer.encode(prompt);
  const seedOf = (sample: number) =>
    deriveSeed({ run: seed, iteration: 0, phase: "propose", step: 0, prompt: 0, sample });
  const { completions } = await createSampler(policy, environment.weights, environment.log).generate({
    weights,
    // One prompt each, so that the sampler may work in pieces.
    prompts: Array.from({ length: count }, (_, sample) => ({ tokenIds: promptTokenIds, seeds: [seedOf(sample)] })),
    sampling,
    signal: work.signal,
  });
  const written = completions.map(([completion]) => completion!);
  const proposals = written.map(({ text }) => domain.parseProposal(text));
  const rollouts = written.map((completion, sample) =>
    rolloutRecord(
      environment,
      completion,
      {
        runId,
        role: "challenger",
        prompt,
        promptTokenIds,
        weights,
        policyVersion: challenger.policyVersion,
        temperature: sampling.temperature,
      },
      { group: 0, sample, answer: proposals[sample]?.question ?? null },
    ),
  );
  const questions = rollouts.map(
    (rollout, sample): Question => ({
      id: curriculum.makeId("question"),
      runId,
      iterationId: null,
      phaseKind: null,
      source: "challenger",
      state: proposals[sample] ? "proposed" : "malformed",
      text: proposals[sample]?.question ?? rollout.text,
      proposedAnswer: proposals[sample]?.answer ?? null,
      rolloutId: rollout.id,
      pseudoLabel: null,
      majorityShare: null,
      labelCorrect: null,
      verification: null,
      decomposition: null,
      createdAt: timestamp(environment),
    }),
  );
  await curriculum.rollouts.insertMany(rollouts);
  await curriculum.questions.insertMany(questions);
  const ids = questions.map(({ id }) => id);
  work.setResources(ids);
  return { questions: ids };
}
