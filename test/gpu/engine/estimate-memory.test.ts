/** Predicted bytes against what a process that makes just that run grows by, and the choices made from them. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { samplingBytes, scoringBytes, trainingBytes } from "../../../gpu/engine/estimate-memory.ts";
import type { DecoderConfig } from "../../../gpu/models/decoder-config.ts";
import { loraSize } from "../../../gpu/models/lora.ts";
import { loraTargets } from "../../../gpu/models/lora-config.ts";
import { keepEverything } from "../../../gpu/programs/memory-plan.ts";
import type { MeasuredRun } from "./measured-run.ts";

const small: DecoderConfig = {
  architecture: "qwen3",
  hiddenSize: 256,
  intermediateSize: 768,
  layers: 6,
  heads: 4,
  keyValueHeads: 2,
  headDim: 64,
  rmsNormEpsilon: 1e-6,
  ropeTheta: 1e6,
  ropeScaling: null,
  vocabularySize: 512,
  tieWordEmbeddings: true,
  contextLength: 2048,
  qkNorm: true,
  qkvBias: false,
};
const shallow = { ...small, layers: 2 };

async function measured(run: MeasuredRun): Promise<number> {
  const program = fileURLToPath(new URL("./measured-run.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", program, JSON.stringify(run)]);
  return (JSON.parse(stdout) as { bytes: number }).bytes;
}

/** Of sequences of T tokens, all but the first `from` scored. */
const shapeOf = (B: number, T: number, from: number) => ({ batch: B, length: T, scored: B * (T - from) });

async function expectWithinAFifth(predicted: number, run: MeasuredRun): Promise<number> {
  const bytes = await measured(run);
  const ratio = predicted / bytes;
  const seen = `predicted ${(predicted / 2 ** 20).toFixed(0)} MiB, measured ${(bytes / 2 ** 20).toFixed(0)} MiB`;
  expect(ratio, seen).toBeGreaterThan(0.8);
  expect(ratio, seen).toBeLessThan(1.2);
  return bytes;
}

describe("the memory of a run is as predicted within a fifth:", () => {
  const [B, T, from] = [4, 256, 128];
  const training = (plan: typeof keepEverything, config = small) =>
    expectWithinAFifth(trainingBytes(config, shapeOf(B, T, from), plan, "all"), {
      kind: "training",
      config,
      plan,
      shape: [B, T, from],
    });

  it("training, and it falls by half where layers are computed again", { timeout: 60_000 }, async () => {
    const kept = await training(keepEverything);
    const again = await training({ ...keepEverything, recompute: true });
    expect(again).toBeLessThan(0.6 * kept);
  });

  it("training with blocks of queries and chunks of logits", { timeout: 60_000 }, () =>
    training({ logitRows: 64, recompute: true, queryRows: 64 }, { ...shallow, vocabularySize: 8192 }),
  );

  const mha = { architecture: "llama", tieWordEmbeddings: false, qkNorm: false, heads: 6, keyValueHeads: 6 } as const;
  const oneHead = { architecture: "qwen2", qkNorm: false, qkvBias: true, heads: 7, keyValueHeads: 1 } as const;
  // The estimate was fitted to the first; the others are unlike anything it was fitted to.
  const shapes: readonly [string, DecoderConfig, MeasuredRun["shape"]][] = [
    ["a Qwen3", { ...small, layers: 3, hiddenSize: 512, intermediateSize: 1536 }, [B, T, from]],
    [
      "a Llama",
      { ...small, ...mha, layers: 4, hiddenSize: 384, intermediateSize: 1024, vocabularySize: 8192 },
      [4, 256, 64],
    ],
    [
      "a Qwen2",
      { ...small, ...oneHead, layers: 3, hiddenSize: 448, intermediateSize: 2432, vocabularySize: 4096 },
      [2, 512, 128],
    ],
  ];
  for (const [name, config, shape] of shapes)
    it(`an adapter over the frozen weights of ${name}`, { timeout: 60_000 }, () => {
      const trained = loraSize(config, { rank: 16, alpha: 32, targets: loraTargets });
      const predicted = trainingBytes(config, shapeOf(...shape), keepEverything, trained);
      return expectWithinAFifth(predicted, { kind: "adapter", config, plan: keepEverything, shape });
    });

  it("scoring", { timeout: 60_000 }, () =>
    expectWithinAFifth(scoringBytes(shallow, shapeOf(4, 512, 1), keepEverything, "flat"), {
      kind: "scoring",
      config: shallow,
      plan: keepEverything,
      shape: [4, 512, 1],
    }),
  );

  for (const [newTokens, blocks] of [
    [9, 1],
    [33, 4],
  ] as const)
    it(`sampling ${newTokens} tokens`, { timeout: 60_000 }, () =>
      expectWithinAFifth(samplingBytes(small, { prompts: 1, promptLength: 256, rows: 32, newTokens, blocks }, "flat"), {
        kind: "sampling",
        config: small,
        plan: keepEverything,
        shape: [32, 256, newTokens],
      }),
    );
});

describe("predicted memory", () => {
  const shape = shapeOf(1, 1024, 512);

  it("does not grow with the square of the length in blocks of queries", () => {
    const plan = { ...keepEverything, recompute: true, queryRows: 64 };
    const bytes = (T: number) => trainingBytes(small, shapeOf(1, T, T - 1), plan, 0);
    expect(bytes(8192) / bytes(4096)).toBeLessThan(2);
    expect(
      trainingBytes(small, shapeOf(1, 8192, 8191), keepEverything, 0) /
        trainingBytes(small, shapeOf(1, 4096, 4095), keepEverything, 0),
    ).toBeGreaterThan(3);
  });

  it("leaves frozen weights out", () => {
    expect(trainingBytes(small, shape, keepEverything, 1000)).toBeLessThan(
      trainingBytes(small, shape, keepEverything, "all"),
    );
  });
});
