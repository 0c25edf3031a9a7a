/** Solver phase: groups of answers to the curriculum's questions, each paid for agreeing with the pseudo-label. */
import { verdictName } from "../grading/verdict.ts";
import { Verdicts } from "../grading/verdicts.ts";
import { mapInPieces } from "../policy/map-in-pieces.ts";
import type { Checkpoint, Question } from "../records/records.ts";
import { labelWeight } from "../rzero/label-confidence.ts";
import { mean } from "../rzero/metrics.ts";
import { questionsOfStep } from "../rzero/minibatches.ts";
import { seededRandom, shuffled } from "../rzero/seeds.ts";
import { solverReward } from "../rzero/solver-reward.ts";
import { type PhaseWork, samplingProgress, seedOf } from "./iteration-work.ts";
import { type Standing, type StepBatch, trainRole } from "./role-phase.ts";
import { rolloutRecord } from "./rollout-records.ts";
import { completionMetrics, meanParts } from "./sampling-metrics.ts";

/** `curriculum`: the kept questions. Where there are none, one step says `no-questions-kept` and nothing is trained. */
export function solverPhase(phase: PhaseWork, curriculum: readonly Question[]): Promise<Checkpoint> {
  return trainRole(phase, "solver", phase.solver, async (standing) =>
    curriculum.length === 0 ? { skip: "no-questions-kept" } : solveAndScore(phase, standing, curriculum),
  );
}

async function solveAndScore(
  phase: PhaseWork,
  { step, weights, policyVersion }: Standing,
  curriculum: readonly Question[],
): Promise<StepBatch> {
  const { environment, run, domain, policy, sampler, work } = phase;
  const settings = run.config.solver;
  const { groupSize, promptsPerStep, steps, sampling } = settings;
  const questions = questionsOfStep(curriculum.length, promptsPerStep, step, (pass) =>
    shuffled(
      curriculum.map((_, index) => index),
      seededRandom(seedOf(phase, "curriculum-order", { step: pass })),
    ),
  ).map((index) => curriculum[index]!);
  const prompts = await mapInPieces(questions, ({ text }) => policy.tokenizer.renderChat(domain.solverMessages(text)));
  const promptTokenIds = await mapInPieces(prompts, (prompt) => policy.tokenizer.encode(prompt));

  const sampled = await sampler.generate({
    weights,
    prompts: promptTokenIds.map((tokenIds, prompt) => ({
      tokenIds,
      seeds: Array.from({ length: groupSize }, (_, sample) => seedOf(phase, "solver", { step, prompt, sample })),
    })),
    sampling,
    signal: work.signal,
    onProgress: samplingProgress(phase, (step - 1) / steps, (step - 0.7) / steps, { step, steps }),
  });
  const answers = await mapInPieces(sampled.completions, (group) =>
    group.map(({ text }) => domain.extractAnswer(text)),
  );
  const verdicts = await Verdicts.of(
    domain.grader,
    answers.flatMap((group, index) => group.map((answer) => [answer, questions[index]!.pseudoLabel] as const)),
    work.signal,
  );
  const scored = await mapInPieces(sampled.completions, (group, index) =>
    group.map((completion, sample) => {
      const answer = answers[index]![sample]!;
      const pseudoLabel = questions[index]!.pseudoLabel!;
      const parts = solverReward({ text: completion.text, answer }, pseudoLabel, verdicts.equivalent, settings.reward);
      const verdict = answer === null ? null : verdictName(verdicts.verdict(answer, pseudoLabel));
      return { completion, answer, parts, verdict };
    }),
  );
  /** Stored with the rollout: a step that is made again needs it. */
  const weightPart = ({ majorityShare }: Question): { readonly labelWeight?: number } =>
    settings.labelWeighting === "none" ? {} : { labelWeight: labelWeight(majorityShare ?? 1, settings.labelWeighting) };
  const all = scored.flat();
  return {
    groups: scored.map((group, index) =>
      group.map(({ completion, parts }) => ({
        promptTokenIds: promptTokenIds[index]!,
        tokenIds: completion.tokenIds,
        rawLogprobs: completion.rawLogprobs,
        reward: parts.reward,
        weight: weightPart(questions[index]!).labelWeight ?? 1,
      })),
    ),
    temperature: sampling.temperature,
    measured: {
      reward: mean(all.map(({ parts }) => parts.reward)),
      rewardParts: meanParts(all.map(({ parts: { correct, thinkFormat } }) => ({ correct, thinkFormat }))),
      ...completionMetrics(
        all.map(({ completion }) => completion),
        sampled,
      ),
    },
    store: async (advantages) => {
      const rollouts = await mapInPieces(scored, (group, index) =>
        group.map(({ completion, answer, verdict, parts: { reward, correct, thinkFormat } }, sample) =>
          rolloutRecord(
            environment,
            completion,
            {
              runId: run.id,
              role: "solver",
              prompt: prompts[index]!,
              promptTokenIds: promptTokenIds[index]!,
              weights,
              policyVersion,
              temperature: sampling.temperature,
            },
            {
              group: index,
              sample,
              questionId: questions[index]!.id,
              answer,
              verdict,
              reward,
              rewardParts: { correct, thinkFormat, ...weightPart(questions[index]!) },
              advantage: advantages[index]![sample]!,
            },
          ),
        ),
      );
      await environment.curriculum.rollouts.insertMany(rollouts.flat());
      return rollouts.flat().map(({ id }) => id);
    },
  };
}
