/** Solver phase: groups of answers to the curriculum's questions, each paid for agreeing with the pseudo-label. */
import { mapInPieces } from "../policy/map-in-pieces.ts";
import type { Checkpoint, Question } from "../records/records.ts";
import { labelWeight } from "../rzero/label-confidence.ts";
import { mean } from "../rzero/metrics.ts";
import { questionsOfStep } from "../rzero/minibatches.ts";
import { drawPrioritized, priority } from "../rzero/prioritized.ts";
import { seededRandom, shuffled } from "../rzero/seeds.ts";
import { type PhaseWork, samplingProgress, seedOf } from "./iteration-work.ts";
import { gradeRollouts } from "./outside-verdicts.ts";
import { type PrepareStep, type Standing, trainRole } from "./role-phase.ts";
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
): ReturnType<PrepareStep> {
  const { environment, run, domain, policy, sampler, work } = phase;
  const settings = run.config.solver;
  const { groupSize, steps, sampling } = settings;
  const questions = placesOfStep(phase, curriculum, step).map((index) => curriculum[index]!);
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
  const grades = await gradeRollouts(
    phase,
    sampled.completions.flatMap((group, index) =>
      group.map(({ text }, sample) => ({
        question: questions[index]!.text,
        pseudoLabel: questions[index]!.pseudoLabel!,
        text,
        answer: answers[index]![sample]!,
      })),
    ),
  );
  const scored = await mapInPieces(sampled.completions, (group, index) =>
    group.map((completion, sample) => ({
      completion,
      sample,
      answer: answers[index]![sample]!,
      ...grades[index * groupSize + sample]!,
    })),
  );
  // Rollouts that nobody graded are recorded and not trained on.
  const graded = scored.map((group) =>
    group.flatMap((each) => (each.parts === null ? [] : [{ ...each, parts: each.parts }])),
  );
  if (graded.every((group) => group.length === 0)) return { skip: "no-rollouts-graded" };
  /** Stored with the rollout: a step that is made again needs it. */
  const weightPart = ({ majorityShare }: Question): { readonly labelWeight?: number } =>
    settings.labelWeighting === "none" ? {} : { labelWeight: labelWeight(majorityShare ?? 1, settings.labelWeighting) };
  const all = scored.flat();
  const rewarded = graded.flat();
  return {
    groups: graded.map((group, index) =>
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
      reward: mean(rewarded.map(({ parts }) => parts.reward)),
      rewardParts: meanParts(rewarded.map(({ parts: { correct, thinkFormat } }) => ({ correct, thinkFormat }))),
      ...completionMetrics(
        all.map(({ completion }) => completion),
        sampled,
      ),
    },
    store: async (advantages) => {
      const advantageOf = new Map(
        graded.flatMap((group, index) =>
          group.map(({ completion }, place) => [completion, advantages[index]![place]!]),
        ),
      );
      const rollouts = await mapInPieces(scored, (group, index) =>
        group.map(({ completion, sample, answer, verdict, parts }) =>
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
              reward: parts?.reward,
              rewardParts:
                parts === null
                  ? undefined
                  : { correct: parts.correct, thinkFormat: parts.thinkFormat, ...weightPart(questions[index]!) },
              advantage: advantageOf.get(completion),
            },
          ),
        ),
      );
      await environment.curriculum.rollouts.insertMany(rollouts.flat());
      return rollouts.flat().flatMap(({ id, reward }) => (reward === null ? [] : [id]));
    },
  };
}

/** Of the questions that the step trains on, in the curriculum. */
function placesOfStep(phase: PhaseWork, curriculum: readonly Question[], step: number): readonly number[] {
  const { solver, votes } = phase.run.config;
  if (solver.questionOrder === "prioritized") {
    const weights = curriculum.map((question) => priority(shareOfLabel(question), votes.samples));
    return drawPrioritized(weights, solver.promptsPerStep, seededRandom(seedOf(phase, "curriculum-draw", { step })));
  }
  return questionsOfStep(curriculum.length, solver.promptsPerStep, step, (pass) =>
    shuffled(
      curriculum.map((_, index) => index),
      seededRandom(seedOf(phase, "curriculum-order", { step: pass })),
    ),
  );
}

/** Of the votes. A label that corrects them has at most what another one left it. */
const shareOfLabel = ({ majorityShare, decomposition }: Question): number =>
  decomposition?.outcome === "corrected" ? 0 : (majorityShare ?? 1);
