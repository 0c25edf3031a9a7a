/** What every Policy promises, as tests. Each adapter runs it with its own engine; what an engine may differ in is a parameter. */
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type {
  AdamWSettings,
  Completion,
  CompletionPiece,
  CrossEntropyLoss,
  GenerateResult,
  GrpoLoss,
  NewAdapter,
  Policy,
  SamplingParams,
  TrainSequence,
  WeightsDigest,
} from "../../src/policy/policy.ts";

export interface PolicySuiteOptions {
  readonly open: () => Promise<Policy>;
  /** Two prompts of different length after which the model's completions vary at temperature 1. */
  readonly prompts: readonly [string, string];
  /** Larger than any sampled completion needs for the tests to mean something. */
  readonly maxTokens: number;
  readonly learningRate: number;
  /** Largest |rawLogprobs - logprobs| of one token. */
  readonly logprobTolerance: number;
  /** Relative difference of gradient norms accumulated in different pieces. */
  readonly gradientTolerance: number;
  /** Train a new adapter over the base instead of all weights. */
  readonly adapter?: NewAdapter;
}

export function policySuite(name: string, options: PolicySuiteOptions): void {
  const { prompts, maxTokens, learningRate, logprobTolerance } = options;
  const sampling: SamplingParams = { temperature: 1, topP: 1, topK: 0, minP: 0, maxTokens };
  const adamw: AdamWSettings = {
    learningRate,
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-8,
    weightDecay: 0,
    maxGradNorm: 1,
  };
  const grpo: GrpoLoss = {
    kind: "grpo",
    clipRatioLow: 0.2,
    clipRatioHigh: 0.2,
    clipRatioDual: null,
    klCoef: 0,
    klEstimator: "k3",
    lossAggregation: "seq-mean-token-mean",
    temperature: 1,
  };
  const crossEntropy: CrossEntropyLoss = { kind: "cross-entropy", lossAggregation: "token-mean" };
  const seeds = [11, 12, 13, 14, 15, 16, 17, 4_294_967_295];

  describe(name, () => {
    let policy: Policy;
    let base: WeightsDigest;
    let directory: string;

    beforeAll(async () => {
      policy = await options.open();
      base = policy.model.baseWeights;
      directory = await mkdtemp(join(tmpdir(), "policy-suite-"));
    });
    afterAll(async () => {
      await policy?.close();
      await rm(directory, { recursive: true, force: true });
    });

    const encoded = (prompt: string) => policy.tokenizer.encode(prompt);
    const sample = async (tokenIds: number[], ownSeeds: readonly number[], params = sampling, weights = base) =>
      (await policy.generate({ weights, prompts: [{ tokenIds, seeds: ownSeeds }], sampling: params })).completions[0]!;
    const asSequence = (prompt: readonly number[], completion: Completion, advantage: number): TrainSequence => ({
      tokenIds: [...prompt, ...completion.tokenIds],
      completionStart: prompt.length,
      advantage,
    });
    const meanLogprob = async (weights: WeightsDigest, prompt: readonly number[], completion: Completion) => {
      const { logprobs } = await policy.logprobs({
        weights,
        sequences: [{ tokenIds: [...prompt, ...completion.tokenIds], from: prompt.length }],
      });
      return logprobs[0]!.reduce((sum, logprob) => sum + logprob, 0) / logprobs[0]!.length;
    };
    const openTrainer = () => policy.openTrainer(base, options.adapter);
    const weightsFile = options.adapter ? "adapter_model.safetensors" : "model.safetensors";
    /** Trains one update in its own trainer and hands back the weights. */
    const update = async (batches: readonly (readonly TrainSequence[])[]) => {
      const trainer = await openTrainer();
      for (const batch of batches) await trainer.forwardBackward(batch, grpo);
      const result = await trainer.optimStep(adamw);
      await trainer.close();
      return result;
    };

    describe("sampling", () => {
      test("the same seed gives the same completion, whatever the batch", async () => {
        const [first, second] = prompts.map(encoded) as [number[], number[]];
        const together = await policy.generate({
          weights: base,
          prompts: [
            { tokenIds: first, seeds },
            { tokenIds: second, seeds: seeds.slice(0, 3) },
          ],
          sampling,
        });
        expect(together.completions.map((group) => group.map(({ seed }) => seed))).toEqual([seeds, seeds.slice(0, 3)]);
        const alone = await sample(first, [seeds[4]!]);
        expect(alone[0]!.tokenIds).toEqual(together.completions[0]![4]!.tokenIds);
        const other = await sample(second, [seeds[2]!]);
        expect(other[0]!.text).toBe(together.completions[1]![2]!.text);
      });

      test("different seeds vary", async () => {
        const completions = await sample(encoded(prompts[0]), seeds);
        expect(new Set(completions.map(({ text }) => text)).size).toBeGreaterThan(1);
      });

      test("tokens, log-probabilities, text and finish reason belong together", async () => {
        for (const completion of await sample(encoded(prompts[0]), seeds)) {
          expect(completion.tokenIds.length).toBeGreaterThan(0);
          expect(completion.tokenIds.length).toBeLessThanOrEqual(maxTokens);
          expect(completion.sampledLogprobs).toHaveLength(completion.tokenIds.length);
          expect(completion.rawLogprobs).toHaveLength(completion.tokenIds.length);
          const ended = policy.model.eosTokenIds.includes(completion.tokenIds.at(-1)!);
          expect(completion.finishReason).toBe(ended ? "stop" : "length");
          const shown = ended ? completion.tokenIds.slice(0, -1) : completion.tokenIds;
          expect(completion.text).toBe(policy.tokenizer.decode(shown));
        }
      });

      test("at temperature 1 with nothing cut, the processed distribution is the model's own", async () => {
        for (const { sampledLogprobs, rawLogprobs } of await sample(encoded(prompts[0]), seeds)) {
          sampledLogprobs.forEach((logprob, at) => {
            expect(Math.abs(logprob - rawLogprobs[at]!)).toBeLessThan(1e-5);
          });
        }
      });

      test("a temperature of 0 ignores the seed and takes what is likeliest", async () => {
        const greedy = { ...sampling, temperature: 0 };
        const [one, two] = await sample(encoded(prompts[0]), [1, 2], greedy);
        expect(one!.tokenIds).toEqual(two!.tokenIds);
        const topOne = (await sample(encoded(prompts[0]), [3], { ...sampling, topK: 1 }))[0]!;
        expect(topOne.tokenIds).toEqual(one!.tokenIds);
        const { top } = await policy.logprobs({
          weights: base,
          sequences: [{ tokenIds: [...encoded(prompts[0]), ...one!.tokenIds], from: encoded(prompts[0]).length }],
          topLogprobs: 1,
        });
        expect(top![0]!.map((row) => row[0]!.tokenId)).toEqual(one!.tokenIds);
      });

      test("maxTokens ends a completion with finish reason length", async () => {
        const [short] = await sample(encoded(prompts[0]), [1], { ...sampling, temperature: 0, maxTokens: 1 });
        expect(short!.tokenIds).toHaveLength(1);
        expect(short!.finishReason).toBe("length");
      });

      test("the text stops before a stop string, the token ids keep it", async () => {
        const greedy = { ...sampling, temperature: 0 };
        const whole = (await sample(encoded(prompts[0]), [1], greedy))[0]!;
        const stop = whole.text.slice(1, 2);
        expect(stop).not.toBe("");
        const stopped = (await sample(encoded(prompts[0]), [1], { ...greedy, stop: [stop] }))[0]!;
        expect(stopped.text).toBe(whole.text.slice(0, whole.text.indexOf(stop)));
        expect(stopped.finishReason).toBe("stop");
        expect(policy.tokenizer.decode(stopped.tokenIds)).toContain(stop);
      });

      test("pieces joined are the completions, told while they are written", async () => {
        const request = {
          weights: base,
          prompts: prompts.map((prompt, i) => ({ tokenIds: encoded(prompt), seeds: seeds.slice(i) })),
          sampling,
        };
        const pieces: CompletionPiece[] = [];
        const streamed = await policy.generate({ ...request, onPiece: (piece) => pieces.push(piece) });
        const whole = await policy.generate(request);
        const texts = (result: GenerateResult) => result.completions.map((group) => group.map(({ text }) => text));
        expect(texts(streamed)).toEqual(texts(whole));
        streamed.completions.forEach((group, prompt) => {
          group.forEach((completion, sample) => {
            const own = pieces.filter((piece) => piece.prompt === prompt && piece.sample === sample);
            expect(own.length).toBeGreaterThan(1);
            expect(own.map(({ text }) => text).join("")).toBe(completion.text);
            expect(own.flatMap(({ tokenIds }) => tokenIds)).toEqual(completion.tokenIds);
            expect(own.flatMap(({ rawLogprobs }) => [...rawLogprobs])).toEqual([...completion.rawLogprobs]);
            expect(own.map(({ finishReason }) => finishReason)).toEqual([
              ...own.slice(1).map(() => null),
              completion.finishReason,
            ]);
            expect(largestGap(completion.rawLogprobs, whole.completions[prompt]![sample]!.rawLogprobs)).toBeLessThan(
              logprobTolerance,
            );
          });
        });
      });

      test("a piece never holds what turns out to be a stop string", async () => {
        const greedy = { ...sampling, temperature: 0 };
        const whole = (await sample(encoded(prompts[0]), [1], greedy))[0]!;
        const stop = [whole.text.slice(1, 3)];
        const pieces: CompletionPiece[] = [];
        const { completions } = await policy.generate({
          weights: base,
          prompts: [{ tokenIds: encoded(prompts[0]), seeds: [1] }],
          sampling: { ...greedy, stop },
          onPiece: (piece) => pieces.push(piece),
        });
        expect(pieces.map(({ text }) => text).join("")).toBe(whole.text.slice(0, whole.text.indexOf(stop[0]!)));
        expect(completions[0]![0]!.finishReason).toBe("stop");
        expect(pieces.flatMap(({ tokenIds }) => tokenIds)).toEqual(completions[0]![0]!.tokenIds);
      });

      test("progress ends with everything finished", async () => {
        const seen: { finished: number; total: number; tokens: number }[] = [];
        const result = await policy.generate({
          weights: base,
          prompts: [{ tokenIds: encoded(prompts[0]), seeds }],
          sampling,
          onProgress: (progress) => seen.push(progress),
        });
        expect(seen.at(-1)).toMatchObject({ finished: seeds.length, total: seeds.length });
        expect(result.tokens).toBe(result.completions[0]!.reduce((sum, { tokenIds }) => sum + tokenIds.length, 0));
      });
    });

    describe("scoring", () => {
      test("gives a token one number, alone and among the likeliest, to the last bit", async () => {
        for (const prompt of prompts) {
          const tokenIds = encoded(prompt);
          const completions = await sample(tokenIds, seeds);
          const sequences = completions.map((each) => ({ tokenIds: [...tokenIds, ...each.tokenIds], from: 1 }));
          const { logprobs, top } = await policy.logprobs({ weights: base, sequences, topLogprobs: 3 });
          let among = 0;
          sequences.forEach((sequence, s) => {
            top![s]!.forEach((rivals, at) => {
              const own = rivals.find(({ tokenId }) => tokenId === sequence.tokenIds[at + 1]);
              if (own === undefined) return;
              expect(own.logprob).toBe(logprobs[s]![at]);
              among++;
            });
          });
          expect(among).toBeGreaterThan(seeds.length);
        }
      });

      test("agrees with what sampling recorded", async () => {
        for (const prompt of prompts) {
          const tokenIds = encoded(prompt);
          const completions = await sample(tokenIds, seeds);
          const { logprobs, entropies } = await policy.logprobs({
            weights: base,
            sequences: completions.map((each) => ({
              tokenIds: [...tokenIds, ...each.tokenIds],
              from: tokenIds.length,
            })),
          });
          completions.forEach((completion, index) => {
            expect(logprobs[index]).toHaveLength(completion.tokenIds.length);
            expect(entropies[index]).toHaveLength(completion.tokenIds.length);
            expect(largestGap(completion.rawLogprobs, logprobs[index]!)).toBeLessThan(logprobTolerance);
            for (const entropy of entropies[index]!) expect(entropy).toBeGreaterThanOrEqual(-1e-5);
          });
        }
      });

      test("top log-probabilities are sorted and hold the scored token where it is among them", async () => {
        const tokenIds = encoded(prompts[0]);
        const [completion] = await sample(tokenIds, [seeds[0]!]);
        const { top, logprobs } = await policy.logprobs({
          weights: base,
          sequences: [{ tokenIds: [...tokenIds, ...completion!.tokenIds], from: tokenIds.length }],
          topLogprobs: 3,
        });
        top![0]!.forEach((row, at) => {
          expect(row.length).toBeGreaterThan(0);
          expect(row.length).toBeLessThanOrEqual(3);
          for (let i = 1; i < row.length; i++) expect(row[i]!.logprob).toBeLessThanOrEqual(row[i - 1]!.logprob);
          const own = row.find(({ tokenId }) => tokenId === completion!.tokenIds[at]);
          if (own) expect(Math.abs(own.logprob - logprobs[0]![at]!)).toBeLessThan(logprobTolerance);
        });
      });
    });

    describe("training", () => {
      test("raises what has a positive advantage and lowers what has a negative one", async () => {
        const prompt = encoded(prompts[0]);
        const [good, bad] = await differentPair(() => sample(prompt, seeds));
        const before = [await meanLogprob(base, prompt, good), await meanLogprob(base, prompt, bad)] as const;
        const { weights, skipped, gradNorm } = await update([
          [asSequence(prompt, good, 1), asSequence(prompt, bad, -1)],
        ]);
        expect(skipped).toBe(false);
        expect(gradNorm).toBeGreaterThan(0);
        expect(weights).not.toBe(base);
        const gap = (await meanLogprob(weights, prompt, good)) - (await meanLogprob(weights, prompt, bad));
        expect(gap).toBeGreaterThan(before[0] - before[1]);
        await policy.release(weights);
      });

      test("cross-entropy makes its text likelier", async () => {
        const prompt = encoded(prompts[1]);
        // The least likely of several: a text the model is sure of has no loss to lose, and Adam's first step is as long.
        const mean = ({ rawLogprobs }: Completion) => rawLogprobs.reduce((a, b) => a + b, 0) / rawLogprobs.length;
        const [text] = [...(await sample(prompt, seeds))].sort((a, b) => mean(a) - mean(b));
        const trainer = await openTrainer();
        const first = await trainer.forwardBackward([asSequence(prompt, text!, 0)], crossEntropy);
        await trainer.optimStep(adamw);
        const second = await trainer.forwardBackward([asSequence(prompt, text!, 0)], crossEntropy);
        await trainer.close();
        expect(second.loss).toBeLessThan(first.loss);
        await policy.release(trainer.weights);
      });

      test("reports log-probabilities that agree with the sampler's", async () => {
        const prompt = encoded(prompts[0]);
        const completions = await sample(prompt, seeds);
        const trainer = await openTrainer();
        const metrics = await trainer.forwardBackward(
          completions.map((each, index) => asSequence(prompt, each, index % 2 === 0 ? 1 : -1)),
          grpo,
        );
        await trainer.close();
        expect(metrics.sequences).toBe(seeds.length);
        expect(metrics.tokens).toBe(completions.reduce((sum, { tokenIds }) => sum + tokenIds.length, 0));
        expect(metrics.ratioMean).toBeCloseTo(1, 5);
        expect(metrics.clipFraction).toBe(0);
        completions.forEach((completion, index) => {
          expect(largestGap(completion.rawLogprobs, metrics.logprobs[index]!)).toBeLessThan(logprobTolerance);
        });
      });

      test("the KL term is 0 at the reference and pulls back towards it", async () => {
        const prompt = encoded(prompts[0]);
        const [completion] = await sample(prompt, seeds);
        const sequence = asSequence(prompt, completion!, 1);
        const { logprobs } = await policy.logprobs({
          weights: base,
          sequences: [{ tokenIds: sequence.tokenIds, from: sequence.completionStart }],
        });
        const withReference = { ...sequence, refLogprobs: logprobs[0]! };
        const trainer = await openTrainer();
        const atReference = await trainer.forwardBackward([withReference], { ...grpo, klCoef: 0.1 });
        expect(Math.abs(atReference.kl)).toBeLessThan(1e-4);
        await trainer.optimStep(adamw);
        const away = await trainer.forwardBackward([withReference], { ...grpo, klCoef: 0.1 });
        expect(away.kl).toBeGreaterThan(atReference.kl);
        await trainer.close();
        await policy.release(trainer.weights);
      });

      test("eight pieces of one sequence accumulate to the gradient of one batch of eight", async () => {
        const prompt = encoded(prompts[0]);
        const completions = await sample(prompt, seeds);
        const advantage = (index: number) => (index % 3 === 0 ? 1.5 : -0.75);
        const whole = await update([completions.map((each, index) => asSequence(prompt, each, advantage(index)))]);
        // A mean over eight sequences is the sum of eight means over one, each with an eighth of the advantage.
        const pieces = await update(completions.map((each, index) => [asSequence(prompt, each, advantage(index) / 8)]));
        expect(Math.abs(pieces.gradNorm / whole.gradNorm - 1)).toBeLessThan(options.gradientTolerance);
        const [ofWhole, ofPieces] = [
          await meanLogprob(whole.weights, prompt, completions[0]!),
          await meanLogprob(pieces.weights, prompt, completions[0]!),
        ];
        expect(Math.abs(ofWhole - ofPieces)).toBeLessThan(Math.max(logprobTolerance, options.gradientTolerance));
      });

      test("a loss that overflows changes nothing, and the next update is as if it had not been", async () => {
        const prompt = encoded(prompts[0]);
        const [good, bad] = await differentPair(() => sample(prompt, seeds));
        const batch = [asSequence(prompt, good, 1), asSequence(prompt, bad, -1)];
        const { weights: expected } = await update([batch]);
        const trainer = await openTrainer();
        // A reference that rules these tokens out: k2 is the square of an infinite distance.
        const overflowing = batch.map((sequence) => ({
          ...sequence,
          refLogprobs: new Float32Array(sequence.tokenIds.length - sequence.completionStart).fill(
            Number.NEGATIVE_INFINITY,
          ),
        }));
        const { loss } = await trainer.forwardBackward(overflowing, { ...grpo, klCoef: 1, klEstimator: "k2" });
        expect(Number.isFinite(loss)).toBe(false);
        // A whole batch beside it saves nothing: both are in one gradient.
        await trainer.forwardBackward(batch, grpo);
        expect(await trainer.optimStep(adamw)).toMatchObject({ weights: base, skipped: true });
        expect([trainer.weights, trainer.updates]).toEqual([base, 0]);
        await trainer.forwardBackward(batch, grpo);
        expect(await trainer.optimStep(adamw)).toMatchObject({ weights: expected, skipped: false });
        await trainer.close();
        await policy.release(expected);
      });

      test("the same batch gives the same weights, to the bit", async () => {
        const prompt = encoded(prompts[0]);
        const completions = await sample(prompt, seeds);
        const batch = completions.map((each, index) => asSequence(prompt, each, index % 2 === 0 ? 1 : -1));
        const first = await update([batch]);
        const second = await update([batch]);
        expect(second.weights).toBe(first.weights);
        await policy.release(first.weights);
      });

      test("a trainer counts its updates and names its weights", async () => {
        const prompt = encoded(prompts[0]);
        const [completion] = await sample(prompt, seeds);
        const trainer = await openTrainer();
        expect([trainer.weights, trainer.updates]).toEqual([base, 0]);
        await trainer.forwardBackward([asSequence(prompt, completion!, 1)], grpo);
        const { weights } = await trainer.optimStep(adamw);
        expect([trainer.weights, trainer.updates]).toEqual([weights, 1]);
        await trainer.close();
        expect(await policy.has(weights)).toBe(true);
        expect(await policy.has(base)).toBe(true);
        await policy.release(weights);
      });
    });

    describe("weights", () => {
      test("save and load keep the digest, which is the file's sha256", async () => {
        const prompt = encoded(prompts[0]);
        const [completion] = await sample(prompt, seeds);
        const { weights } = await update([[asSequence(prompt, completion!, 1)]]);
        const expected = (await sample(prompt, seeds, sampling, weights)).map(({ text }) => text);
        const folder = join(directory, "trained");
        const saved = await policy.save(weights, folder);
        expect(saved.weights).toBe(weights);
        expect(saved.bytes).toBeGreaterThan(0);
        const file = await readFile(join(folder, weightsFile));
        expect(`sha256:${createHash("sha256").update(file).digest("hex")}`).toBe(weights);

        await policy.release(weights);
        expect(await policy.has(weights)).toBe(false);
        expect(await policy.load(folder)).toBe(weights);
        expect(await policy.has(weights)).toBe(true);
        expect((await sample(prompt, seeds, sampling, weights)).map(({ text }) => text)).toEqual(expected);
        await policy.release(weights);
      });

      test("a whole model is saved of any weights, says the same, and its digest is its file's", async () => {
        const prompt = encoded(prompts[0]);
        const completions = await sample(prompt, seeds);
        const { weights } = await update([
          completions.map((each, i) => asSequence(prompt, each, i % 2 === 0 ? 1 : -1)),
        ]);
        const folder = join(directory, "merged");
        const saved = await policy.saveMerged(weights, folder);
        const file = await readFile(join(folder, "model.safetensors"));
        expect(`sha256:${createHash("sha256").update(file).digest("hex")}`).toBe(saved.weights);
        expect(await policy.load(folder)).toBe(saved.weights);
        const [ofMerged, ofTrained] = [
          await meanLogprob(saved.weights, prompt, completions[0]!),
          await meanLogprob(weights, prompt, completions[0]!),
        ];
        expect(Math.abs(ofMerged - ofTrained)).toBeLessThan(logprobTolerance);
        await policy.release(saved.weights);
        await policy.release(weights);
      });

      test("the base weights survive a release", async () => {
        await policy.release(base);
        expect(await policy.has(base)).toBe(true);
      });

      test("a folder that is no checkpoint is refused", async () => {
        await expect(policy.load(join(directory, "nowhere"))).rejects.toMatchObject({
          name: "PolicyError",
          code: "invalid-checkpoint",
        });
      });
    });

    describe("refusals", () => {
      const unknown: WeightsDigest = `sha256:${"0".repeat(64)}`;

      test("unknown weights, by every door", async () => {
        const refused = { name: "PolicyError", code: "weights-not-loaded" };
        const tokenIds = encoded(prompts[0]);
        await expect(sample(tokenIds, [1], sampling, unknown)).rejects.toMatchObject(refused);
        await expect(policy.logprobs({ weights: unknown, sequences: [{ tokenIds, from: 1 }] })).rejects.toMatchObject(
          refused,
        );
        await expect(policy.openTrainer(unknown)).rejects.toMatchObject(refused);
        await expect(policy.save(unknown, join(directory, "unknown"))).rejects.toMatchObject(refused);
        expect(await policy.has(unknown)).toBe(false);
      });

      test("more tokens than the context holds", async () => {
        const { contextLength } = policy.model;
        const tokenIds = encoded(prompts[0]);
        await expect(sample(tokenIds, [1], { ...sampling, maxTokens: contextLength })).rejects.toMatchObject({
          name: "PolicyError",
          code: "context-length-exceeded",
        });
        const long = Array.from({ length: contextLength + 1 }, () => tokenIds[0]!);
        await expect(
          policy.logprobs({ weights: base, sequences: [{ tokenIds: long, from: 1 }] }),
        ).rejects.toMatchObject({ code: "context-length-exceeded" });
      });

      test("an empty prompt and a batch without sequences", async () => {
        await expect(sample([], [1])).rejects.toMatchObject({ code: "invalid-request" });
        const trainer = await openTrainer();
        await expect(trainer.forwardBackward([], grpo)).rejects.toMatchObject({ code: "invalid-request" });
        await trainer.close();
      });

      test("a call that is aborted ends with `cancelled`, and the next one works", async () => {
        const tokenIds = encoded(prompts[0]);
        const controller = new AbortController();
        const many = Array.from({ length: 4096 }, (_, seed) => seed);
        const running = policy.generate({
          weights: base,
          prompts: [{ tokenIds, seeds: many }],
          sampling,
          signal: controller.signal,
        });
        setTimeout(() => controller.abort(), 5);
        await expect(running).rejects.toMatchObject({ name: "PolicyError", code: "cancelled" });
        await expect(
          policy.generate({
            weights: base,
            prompts: [{ tokenIds, seeds: [1] }],
            sampling,
            signal: AbortSignal.abort(),
          }),
        ).rejects.toMatchObject({ code: "cancelled" });
        expect(await sample(tokenIds, [1])).toHaveLength(1);
      });
    });

    test("text survives the tokenizer, and a rendered chat ends ready to write", () => {
      for (const prompt of prompts) expect(policy.tokenizer.decode(encoded(prompt))).toBe(prompt);
      const chat = policy.tokenizer.renderChat([{ role: "user", content: "1+1" }]);
      expect(chat).toContain("1+1");
    });
  });
}

function largestGap(a: Float32Array, b: Float32Array): number {
  expect(b).toHaveLength(a.length);
  return a.reduce((largest, value, at) => Math.max(largest, Math.abs(value - b[at]!)), 0);
}

/** Two completions of one prompt with different texts. */
async function differentPair(draw: () => Promise<readonly Completion[]>): Promise<[Completion, Completion]> {
  const completions = await draw();
  const second = completions.find(({ text }) => text !== completions[0]!.text);
  if (!second) throw new Error("the suite's prompt gives always the same completion");
  return [completions[0]!, second];
}
