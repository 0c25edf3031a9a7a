/**
 * Evaluating on benchmarks: batches of items, each stored before the next begins. An operation that was interrupted goes on
 * behind the last stored item; seeds depend on the item's place alone, so it ends with what it would have ended with.
 */
import { createHash } from "node:crypto";
import { answerItems } from "../evaluation/answer-items.ts";
import { askJudge } from "../evaluation/ask-judge.ts";
import type { Benchmark, BenchmarkItem } from "../evaluation/benchmark.ts";
import { type CountedResult, summarizeBenchmark } from "../evaluation/summarize-benchmark.ts";
import { datedTokenizer } from "../policy/dated-policy.ts";
import type { WeightsDigest } from "../policy/policy.ts";
import type { Evaluation, EvaluationResult } from "../records/evaluations.ts";
import type { Failure, OperationProgress } from "../records/records.ts";
import { deriveSeed, seededRandom } from "../rzero/seeds.ts";
import { type Environment, timestamp } from "./environment.ts";
import { judgeOf } from "./find-judge.ts";
import type { OperationHandler, Work } from "./operation-handler.ts";
import { createSampler, type Sampler } from "./sampler.ts";
import { ServiceError } from "./services.ts";

/** Answers in a batch: what an interruption can cost. */
const BATCH = 256;
/** Between two reports. */
const INTERVAL_MS = 500;

export function evaluationOperation(environment: Environment): OperationHandler {
  const { benchmarkEvaluations } = environment.curriculum;
  const end = (operationId: string, state: "failed" | "cancelled", failure: Failure): void => {
    for (const { id, state: own } of benchmarkEvaluations.ofOperation(operationId)) {
      if (own !== "queued" && own !== "running" && own !== "paused") continue;
      // What came before the failure is not its fault, and what never began has not failed.
      const to = own === "queued" ? "cancelled" : state;
      benchmarkEvaluations.setState(id, to, timestamp(environment), to === "failed" ? { error: failure } : {});
    }
  };
  return {
    run: (work) => evaluateAll(environment, work),
    // Whole items are stored, and nothing else.
    rewind: () => undefined,
    abandon: ({ id }, state, failure) => end(id, state, failure),
  };
}

async function evaluateAll(environment: Environment, work: Work): Promise<unknown> {
  const { benchmarkEvaluations } = environment.curriculum;
  const policy = await environment.policy.get();
  const sampler = createSampler(policy, environment.weights, environment.log);
  const evaluations = benchmarkEvaluations.ofOperation(work.operation.id);
  for (const [index, evaluation] of evaluations.entries()) {
    if (evaluation.state === "completed") continue;
    if (evaluation.state === "queued") benchmarkEvaluations.setState(evaluation.id, "running", timestamp(environment));
    const letGo = environment.weights.hold(evaluation.weights as WeightsDigest);
    try {
      await evaluateOne({ environment, work, sampler, evaluation, before: index, of: evaluations.length });
    } finally {
      letGo();
    }
  }
  return { evaluations: evaluations.map(({ id }) => id) };
}

interface EvaluationWork {
  readonly environment: Environment;
  readonly work: Work;
  readonly sampler: Sampler;
  readonly evaluation: Evaluation;
  /** Evaluations of the operation that came before, of all. */
  readonly before: number;
  readonly of: number;
}

async function evaluateOne(own: EvaluationWork): Promise<void> {
  const { environment, work, evaluation } = own;
  const { curriculum, benchmarks } = environment;
  const { id, settings, seed } = evaluation;
  const benchmark = await benchmarks.find(evaluation.benchmark);
  const items = (await benchmark.load()).slice(0, settings.limit ?? undefined);
  const itemsDigest = digestOf(items);
  if (evaluation.itemsDigest !== null && evaluation.itemsDigest !== itemsDigest) {
    throw new ServiceError("conflict", `the data of ${benchmark.name} changed while it was evaluated`);
  }
  curriculum.benchmarkEvaluations.setItems(id, { itemsDigest, items: items.length });
  const resumedAt = curriculum.benchmarkEvaluations.countResults(id);
  const size = Math.max(1, Math.floor(BATCH / Math.max(1, settings.samples + Number(settings.greedy))));
  const progress = progressOf(own, items.length, resumedAt);
  for (let from = resumedAt; from < items.length; from += size) {
    work.signal.throwIfAborted();
    const batch = items.slice(from, from + size);
    const results = await answerBatch(own, benchmark, batch, from, (done) => progress(from + done));
    await curriculum.benchmarkEvaluations.addResults(results);
    progress(from + batch.length, true);
    work.emit("step.completed", {
      evaluation: id,
      benchmark: benchmark.name,
      items: from + batch.length,
      of: items.length,
    });
  }
  const results: CountedResult[] = [];
  for await (const some of curriculum.benchmarkEvaluations.everyResult(id)) results.push(...some.map(withoutTexts));
  const random = seededRandom(deriveSeed({ ...NOWHERE, run: seed, phase: "evaluation-bootstrap" }));
  const summary = summarizeBenchmark(results, settings, random);
  curriculum.benchmarkEvaluations.setState(id, "completed", timestamp(environment), { summary });
}

async function answerBatch(
  { environment, work, sampler, evaluation }: EvaluationWork,
  benchmark: Benchmark,
  items: readonly BenchmarkItem[],
  from: number,
  progress: (done: number) => void,
): Promise<readonly EvaluationResult[]> {
  const { id, settings, seed, weights } = evaluation;
  const { tokenizer, model } = await environment.policy.get();
  const answered = await answerItems({
    generate: (request) => sampler.generate(request),
    tokenizer: datedTokenizer(tokenizer, evaluation.createdAt),
    contextLength: model.contextLength,
    weights: weights as WeightsDigest,
    items,
    messages: benchmark.messages,
    rule: benchmark.rule,
    samples: settings.samples,
    k: settings.k,
    greedy: settings.greedy,
    sampling: settings.sampling,
    seed: (item, sample) => deriveSeed({ ...NOWHERE, run: seed, phase: "evaluation", prompt: from + item, sample }),
    signal: work.signal,
    onProgress: ({ finished, total }) => progress((items.length * finished) / Math.max(total, 1)),
  });
  const results = items.map(({ id: itemId, question, reference, skill }, index) => ({
    evaluationId: id,
    position: from + index,
    itemId,
    question,
    reference,
    skill,
    ...answered[index]!,
  }));
  if (settings.judge === null) return results;
  return askJudge(judgeOf(environment, settings.judge, evaluation.runId), results, work.signal);
}

const NOWHERE = { iteration: 0, step: 0, prompt: 0, sample: 0 } as const;

/** Reports now and then, and always where it is told to. `done`: items of this evaluation, parts of one too. */
function progressOf({ environment, work, before, of }: EvaluationWork, items: number, since: number) {
  const started = environment.now().getTime();
  let reported = Number.NEGATIVE_INFINITY;
  return (done: number, always = false): void => {
    const now = environment.now().getTime();
    if (!always && now >= reported && now - reported < INTERVAL_MS) return;
    reported = now;
    const made = done - since;
    const progress: OperationProgress = {
      iteration: null,
      iterations: null,
      phase: null,
      step: Math.floor(done),
      steps: items,
      fraction: (before + done / Math.max(items, 1)) / of,
      // Of the evaluations behind this one nobody knows how long they take.
      secondsLeft: of > 1 || made <= 0 ? null : ((Math.max(0, now - started) / 1000) * (items - done)) / made,
      reward: null,
      tokensPerSecond: null,
    };
    work.progress(progress);
    work.emit("progress", { ...progress });
  };
}

/** The questions as they are asked, and their answers: equal digests, comparable results. */
function digestOf(items: readonly BenchmarkItem[]): string {
  const hash = createHash("sha256");
  for (const { id, question, reference, choices } of items) {
    hash.update(JSON.stringify([id, question, reference, choices]));
  }
  return `sha256:${hash.digest("hex")}`;
}

function withoutTexts({ skill, samples, greedy, majority }: EvaluationResult): CountedResult {
  return {
    skill,
    samples: samples.map((answer) => ({ ...answer, text: "" })),
    greedy: greedy && { ...greedy, text: "" },
    majority,
  };
}
