/** Solving by hand: votes on stored questions, and what the votes phase would make of each: gate, then the run's verifier. */
import { datedPolicy } from "../policy/dated-policy.ts";
import type { WeightsDigest } from "../policy/policy.ts";
import type { Question } from "../records/records.ts";
import { difficultyGate } from "../rzero/difficulty-gate.ts";
import { deriveSeed } from "../rzero/seeds.ts";
import type { Environment } from "./environment.ts";
import { domainOf } from "./find-domain.ts";
import type { OperationHandler, Work } from "./operation-handler.ts";
import { verifyLabels } from "./outside-verdicts.ts";
import { createSampler } from "./sampler.ts";
import { samplingOnly } from "./sampling-operation.ts";
import { verdictOf } from "./vote-phase.ts";
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
  const policy = datedPolicy(await environment.policy.get(), run.createdAt);
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
  const correct = await labelsCorrect(
    domain,
    questions.map(({ text }, index) => ({ question: text, pseudoLabel: ballots[index]!.vote.pseudoLabel })),
  );
  const judged = questions.map((question, index): Question => {
    const { pseudoLabel, majorityShare } = ballots[index]!.vote;
    const { state } = difficultyGate({ pseudoLabel, majorityShare }, run.config.pool.difficultyBand);
    return {
      ...question,
      state,
      pseudoLabel,
      majorityShare,
      labelCorrect: correct[index]!,
      verification: null,
      decomposition: null,
    };
  });
  const places = judged.flatMap(({ state }, index) => (state === "kept" ? [index] : []));
  const verified = await verifyLabels(
    { environment, run, work },
    places.map((index) => judged[index]!),
    places.map((index) => ballots[index]!),
  );
  await curriculum.solutions.insertMany(solutions);
  await curriculum.rollouts.insertMany(rollouts);
  const byId = new Map([...judged, ...verified].map((question) => [question.id, question]));
  await curriculum.questions.judge([...byId.values()].map(verdictOf));
  const ids = solutions.map(({ id }) => id);
  work.setResources(ids);
  return { solutions: ids };
}
