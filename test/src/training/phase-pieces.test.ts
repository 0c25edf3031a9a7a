/** What a phase asked is answered from its log, to the bit, and only where it is there as a whole. */
import { createHash } from "node:crypto";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import type { Completion, GenerateProgress, GenerateRequest } from "../../../src/policy/policy.ts";
import { PhasePieces } from "../../../src/training/phase-pieces.ts";
import { inPieces, type Sampler } from "../../../src/training/sampler.ts";
import { AT, newIteration, newOperation, newPhase, storedRun } from "../curriculum/records-of-a-run.ts";
import { open, temporaryFile } from "../curriculum/temporary-curriculum.ts";

const sampling = { temperature: 1, topP: 1, topK: 0, minP: 0, maxTokens: 4096 };
const request = (prompts: number, change: Partial<GenerateRequest> = {}): GenerateRequest => ({
  weights: "sha256:w",
  prompts: Array.from({ length: prompts }, (_, index) => ({ tokenIds: [1, 2], seeds: [index, 2 ** 32 - 1 - index] })),
  sampling,
  ...change,
});

function phaseOf(c: ReturnType<typeof open>) {
  const run = storedRun(c);
  const operation = c.operations.insert(newOperation(c, run.id));
  const iteration = newIteration(c, run.id, operation.id);
  c.iterations.insert(iteration);
  const phase = newPhase(c, iteration.id);
  c.phases.insert(phase);
  return phase;
}

const written = (seed: number): Completion => ({
  seed,
  text: `\u{1f9ee} \\boxed{${seed}}`,
  tokenIds: [seed, 7],
  finishReason: seed % 2 === 0 ? "stop" : "length",
  sampledLogprobs: Float32Array.of(-0, Number.NaN),
  rawLogprobs: Float32Array.of(-1e-30, Number.NEGATIVE_INFINITY),
});

/** Sampler that counts what it is asked for. */
function counting() {
  const asked: number[] = [];
  const sampler: Sampler = {
    generate: async ({ weights, prompts, onProgress }) => {
      asked.push(prompts.length);
      const tokens = 2 * prompts.length;
      onProgress?.({ finished: prompts.length, total: prompts.length, tokens });
      return { weights, completions: prompts.map(({ seeds }) => seeds.map(written)), tokens, seconds: 0.1 };
    },
    logprobs: () => Promise.reject(new Error("nobody asks for these")),
  };
  return { asked, sampler };
}

test("pieces that were sampled are recalled bit for bit, at the speed they were sampled at", async () => {
  const c = open();
  const pieces = new PhasePieces(c.pieces, phaseOf(c).id);
  const { asked, sampler } = counting();
  const first = await inPieces(pieces.remembering(sampler)).generate(request(100));
  // Long completions come 64 at a time, two to a prompt.
  expect(asked).toEqual([32, 32, 32, 4]);
  const progress: GenerateProgress[] = [];
  const again = await inPieces(pieces.remembering(sampler)).generate({
    ...request(100),
    onProgress: (each) => progress.push(each),
  });
  expect(asked).toHaveLength(4);
  expect(again).toEqual(first);
  expect(Object.is(again.completions[3]![0]!.sampledLogprobs[0], -0)).toBe(true);
  expect(progress.at(-1)).toMatchObject({ finished: 200, total: 200 });
});

test("another question is another answer, whatever differs", async () => {
  const c = open();
  const pieces = new PhasePieces(c.pieces, phaseOf(c).id);
  const { asked, sampler } = counting();
  const remembering = pieces.remembering(sampler);
  const others: Partial<GenerateRequest>[] = [
    {},
    { weights: "sha256:v" },
    { sampling: { ...sampling, temperature: 0.9 } },
    { sampling: { ...sampling, stop: ["\n"] } },
    { prompts: [{ tokenIds: [1, 2, 0], seeds: [2 ** 32 - 1] }] },
    { prompts: [{ tokenIds: [1, 2], seeds: [2 ** 32 - 1, 0] }] },
  ];
  for (const change of others) await remembering.generate(request(1, change));
  expect(asked).toHaveLength(others.length);
  // Of another phase nothing is known.
  const other = open();
  await new PhasePieces(other.pieces, phaseOf(other).id).remembering(sampler).generate(request(1));
  expect(asked).toHaveLength(others.length + 1);
});

test("a piece that a crash cut off is asked again", async () => {
  const file = temporaryFile();
  const c = open(file);
  const pieces = new PhasePieces(c.pieces, phaseOf(c).id);
  const { asked, sampler } = counting();
  const first = await pieces.remembering(sampler).generate(request(5));
  const raw = new Database(file);
  raw.exec("delete from phase_pieces where part = 3");
  raw.close();
  expect(await pieces.remembering(sampler).generate(request(5))).toEqual(first);
  expect(asked).toEqual([5, 5]);
  expect(await pieces.remembering(sampler).generate(request(5))).toEqual(first);
  expect(asked).toEqual([5, 5]);
});

test("what is scored is scored once", async () => {
  const c = open();
  const pieces = new PhasePieces(c.pieces, phaseOf(c).id);
  let asked = 0;
  const score = async () => [{ share: 0.1 + 0.2, asked: ++asked }];
  expect(await pieces.once(["votes", ["1", null]], score)).toEqual([{ share: 0.1 + 0.2, asked: 1 }]);
  expect(await pieces.once(["votes", ["1", null]], score)).toEqual([{ share: 0.1 + 0.2, asked: 1 }]);
  expect(await pieces.once(["votes", ["1", "2"]], score)).toEqual([{ share: 0.1 + 0.2, asked: 2 }]);
  await pieces.forget();
  expect(await pieces.once(["votes", ["1", null]], score)).toEqual([{ share: 0.1 + 0.2, asked: 3 }]);
});

test("what ended phases left goes at the next start; what a running one has stays", async () => {
  const c = open();
  const [ended, running] = [phaseOf(c), phaseOf(c)];
  const question = createHash("sha256").update("2 + 2").digest();
  for (const { id } of [ended, running]) await c.pieces.insert(id, question, Array(50).fill(Buffer.from("4")));
  c.phases.setState(ended.id, "failed", AT);
  await c.recover();
  expect(c.pieces.find(ended.id, question)).toBeNull();
  expect(c.pieces.find(running.id, question)).toHaveLength(50);
  expect(c.integrity().rows.phase_pieces).toBe(50);
});
