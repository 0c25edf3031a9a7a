/**
 * How long a run's memory takes to tell whether a question nearly repeats an earlier one, with a million of them stored:
 * `npx tsx bench/memory/main.ts [questions]`. Real tables in a file of its own, which is removed.
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openCurriculum } from "../../src/curriculum/curriculum.ts";
import { arithmetic } from "../../src/domains/arithmetic/arithmetic.ts";
import { drawQuestion, SKILLS } from "../../src/domains/arithmetic/skills.ts";
import type { Iteration, Question, Run } from "../../src/records/records.ts";
import { PRESETS } from "../../src/rzero/presets.ts";
import { type Random, randomInteger, seededRandom } from "../../src/rzero/seeds.ts";
import { KindsOfQuestions, rememberedRepetition, rememberPool } from "../../src/training/question-memory.ts";
import { quantile } from "../speed/statistics.ts";

const AT = "2026-01-01T00:00:00.000Z";
const PIECE = 20_000;
const LOOKUPS = 1000;

const count = Number(process.argv[2] ?? 1_000_000);
const folder = mkdtempSync(join(tmpdir(), "rzero-memory-"));
const file = join(folder, "memory.sqlite");
const curriculum = openCurriculum({ file, now: Date.now, random: Math.random });
const random = seededRandom(1);

/** Word problems of 20 to 40 words, a fifth of them numbers. */
function wordProblem(): string {
  const length = randomInteger(random, 20, 40);
  return Array.from({ length }, () =>
    random() < 0.2 ? String(randomInteger(random, 1, 99)) : `word${Math.floor(3000 * random() ** 2)}`,
  ).join(" ");
}

/** One word in 30 is another one: Jaccard of about 0.9. */
function changed(text: string, from: Random): string {
  const words = text.split(" ");
  words[randomInteger(from, 0, words.length - 1)] = "another";
  return words.join(" ");
}

function arithmeticQuestion(): string {
  const skill = SKILLS[randomInteger(random, 0, SKILLS.length - 1)]!;
  return drawQuestion(skill, randomInteger(random, skill.minSize, skill.maxSize), random).text;
}

const checkpoint = curriculum.makeId("checkpoint");
curriculum.checkpoints.insert({
  ...{
    id: checkpoint,
    runId: null,
    iterationId: null,
    role: "base",
    model: "none",
    digest: "sha256:0",
    policyVersion: 0,
  },
  ...{ parents: [], directory: "", bytes: 0, metrics: {}, pinned: false, prunedAt: null, createdAt: AT },
});

const stable = PRESETS.find(({ name }) => name === "stable")!.config;
const domains = { text: { ...arithmetic, words: (text: string) => text.split(" ") }, template: arithmetic } as const;

const iterationOf = (runId: string, operationId: string, number: number): Iteration => ({
  ...{ id: curriculum.makeId("iteration"), runId, number, state: "queued", operationId, createdAt: AT },
  ...{ startedAt: null, finishedAt: null, seconds: null, metrics: null, gate: null, error: null },
  ...{ challengerFrom: null, challengerTo: null, solverFrom: null, solverTo: null },
});

/** Completed iterations of a new run, a piece each, that remember `count` questions in one view. Returns the run's id and some texts. */
async function remember(view: keyof typeof domains, draw: () => string) {
  const config = {
    ...stable,
    challenger: { ...stable.challenger, memoryWeight: view === "template" ? 1 : 0 },
    pool: { ...stable.pool, gate: { ...stable.pool.gate, acrossIterations: view === "text" } },
  };
  const run: Run = {
    ...{ id: curriculum.makeId("run"), createdAt: AT, model: "none", domain: "arithmetic", preset: "stable", seed: 1 },
    ...{ labels: {}, config, challengerCheckpointId: checkpoint, solverCheckpointId: checkpoint },
    ...{ baseEvaluation: null, bestCheckpointId: null, stopReason: null },
  };
  curriculum.runs.insert(run);
  const operation = curriculum.operations.insert({
    ...{ id: curriculum.makeId("operation"), kind: "iterations", state: "queued", runId: run.id, resources: [] },
    ...{ request: {}, result: null, error: null, progress: null, createdAt: AT, startedAt: null, finishedAt: null },
  });
  const texts: string[] = [];
  const started = performance.now();
  let remembering = 0;
  for (let at = 0; at < count; at += PIECE) {
    const iteration = iterationOf(run.id, operation.id, 1 + at / PIECE);
    curriculum.iterations.insert(iteration);
    const questions = Array.from(
      { length: Math.min(PIECE, count - at) },
      (): Question => ({
        ...{ id: curriculum.makeId("question"), runId: run.id, iterationId: iteration.id, phaseKind: "pool" },
        ...{ source: "challenger", state: "kept", text: draw(), proposedAnswer: null, rolloutId: null },
        ...{
          pseudoLabel: null,
          majorityShare: null,
          labelCorrect: null,
          verification: null,
          decomposition: null,
          createdAt: AT,
        },
      }),
    );
    await curriculum.questions.insertMany(questions);
    const before = performance.now();
    // The pool as an iteration would remember it; the rest of its work is not needed for that.
    await rememberPool({ environment: { curriculum }, run, iteration, domain: domains[view] }, questions);
    remembering += performance.now() - before;
    curriculum.iterations.setState(iteration.id, "running", AT);
    curriculum.iterations.setState(iteration.id, "completed", AT);
    if (texts.length < LOOKUPS) texts.push(...questions.slice(0, LOOKUPS / 10).map(({ text }) => text));
  }
  const seconds = (performance.now() - started) / 1000;
  say(
    `${view}: ${count} questions in ${seconds.toFixed(0)} s, ${((1000 * remembering) / count).toFixed(0)} us each to remember`,
  );
  return { run: run.id, texts };
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Milliseconds of each call, and for how many it was true. */
function timed<T>(items: readonly T[], call: (item: T) => boolean): string {
  let found = 0;
  const times = items.map((item) => {
    const before = performance.now();
    if (call(item)) found++;
    return performance.now() - before;
  });
  return `found ${found} of ${items.length}, median ${quantile(times, 0.5).toFixed(2)} ms, p99 ${quantile(times, 0.99).toFixed(2)} ms`;
}

try {
  const { memory } = curriculum;
  const texts = await remember("text", wordProblem);
  const repeats = (text: string) => rememberedRepetition(memory, texts.run, domains.text, text.split(" "), 0.8);
  const near = texts.texts.map((text) => changed(text, random));
  say(`  nearly stored: ${timed(near, repeats)}`);
  say(`  not stored: ${timed(Array.from({ length: LOOKUPS }, wordProblem), repeats)}`);

  const templates = await remember("template", arithmeticQuestion);
  // Nothing remembered between two calls: each looks its kind up and adds its sizes.
  const known = (text: string) => new KindsOfQuestions(memory, arithmetic, templates.run).sizeOf(text) > 0;
  say(`  kind and its size: ${timed(templates.texts, known)}`);
  const before = performance.now();
  const kinds = memory.kinds(templates.run);
  say(`  all kinds, once an iteration: ${(performance.now() - before).toFixed(0)} ms (${kinds.kinds} kinds)`);
  say(`file: ${(statSync(file).size / 2 ** 20).toFixed(0)} MiB`);
} finally {
  curriculum.close();
  rmSync(folder, { recursive: true, force: true });
}
