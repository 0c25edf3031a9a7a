/** Solving by hand: votes on stored questions, and the gate's verdict on each, as the votes phase would give it. */
import type { WeightsDigest } from "../policy/policy.ts";
import { difficultyGate } from "../rzero/difficulty-gate.ts";
import { deriveSeed } from "../rzero/seeds.ts";
import type { Environment } from "./environment.ts";
import { domainOf } from "./find-domain.ts";
import type { OperationHandler, Work } from "./operation-handler.ts";
import { createSampler } from "./sampler.ts";
import { samplingOnly } from "./sampling-operation.ts";
import { ballotRecords, labelsCorrect, voteOnQuestions } from "./votes.ts";

export interface SolveRequest {
  readonly run: string;
  readonly questions: readonly string[];
  readonly samples: number;
  readonly seed: number;
}

export function solveOperation(environment: Environment): OperationHandler {
  return samplingOnly(environment, (work) => solve(environment, work));
}

async function solve(environment: Environment, work: Work): Promise<unknown> {
  const { curriculum } = environment;
  const request = work.operation.request as SolveRequest;
  const run = curriculum.runs.get(request.run);
  const solver = curriculum.checkpoints.get(run.solverCheckpointId);
  const domain = domainOf(environment, run.domain);
  const policy = await environment.policy.get();
  const questions = curriculum.questions.getMany(request.questions);
  const weights = solver.digest as WeightsDigest;
  const { sampling } = run.config.votes;
  const { ballots } = await voteOnQuestions({
    sampler: createSampler(policy, environment.weights, environment.log),
    tokenizer: policy.tokenizer,
    domain,
    weights,
    questions: questions.map(({ text }) => text),
    samples: request.samples,
    sampling,
    seed: (prompt, sample) => deriveSeed({ run: request.seed, iteration: 0, phase: "solve", step: 0, prompt, sample }),
    signal: work.signal,
  });
  const { solutions, rollouts } = await ballotRecords(
    environment,
    { runId: run.id, weights, policyVersion: solver.policyVersion, temperature: sampling.temperature },
    questions.map(({ id }) => id),
    ballots,
  );
  await curriculum.solutions.insertMany(solutions);
  await curriculum.rollouts.insertMany(rollouts);
  const correct = await labelsCorrect(
    domain,
    questions.map(({ text }, index) => ({ question: text, pseudoLabel: ballots[index]!.vote.pseudoLabel })),
  );
  await curriculum.questions.judge(
    questions.map(({ id }, index) => {
      const { pseudoLabel, majorityShare } = ballots[index]!.vote;
      return {
        id,
        state: difficultyGate({ pseudoLabel, majorityShare }, run.config.pool.difficultyBand).state,
        pseudoLabel,
        majorityShare,
        labelCorrect: correct[index]!,
        verification: null,
      };
    }),
  );
  const ids = solutions.map(({ id }) => id);
  work.setResources(ids);
  return { solutions: ids };
}
