/**
 * No graph we run may give another answer the second time. On the CPU, ScatterND and ScatterElements with a reduction
 * lose updates where indices repeat and more than one thread runs: three runs gave three results.
 */
import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { DecoderConfig } from "../../../gpu/models/decoder-config.ts";
import { parameterCount } from "../../../gpu/models/parameters.ts";
import { writeModel } from "../../../gpu/onnx/model-writer.ts";
import type { NodeProto } from "../../../gpu/onnx/proto.ts";
import { grpoStep } from "../../../gpu/programs/grpo-step.ts";
import { sftStep } from "../../../gpu/programs/sft-step.ts";
import { Session } from "../../../gpu/runtime/session.ts";
import { float32, type HostTensor } from "../../../gpu/runtime/tensor.ts";
import { emittedNodes } from "../../support/emitted-nodes.ts";
import { leastMemory } from "../../support/memory-plans.ts";
import { pseudoRandom } from "../../support/pseudo-random.ts";
import { grpoProgram, registeredPrograms } from "../../support/registered-programs.ts";
import { tokenBatch } from "../../support/token-batch.ts";

/** Accumulate into places that several threads may share, whatever their attributes. */
const racing = new Set(["Scatter", "GatherGrad", "GatherElementsGrad", "GatherNDGrad", "SparseToDenseMatMul"]);
/** Draw their own randomness, which no seed of a run can reach. */
const drawing = new Set([
  "RandomNormal",
  "RandomNormalLike",
  "RandomUniform",
  "RandomUniformLike",
  "Multinomial",
  "Bernoulli",
  "Dropout",
]);

function complaintAbout({ opType, name, attribute }: NodeProto): string | null {
  const reduction = attribute.find((a) => a.name === "reduction");
  const rule = reduction ? new TextDecoder().decode(reduction.s) : "none";
  if (/^Scatter/.test(opType) && rule !== "none") return `${name}: ${opType} with reduction ${rule} races`;
  if (racing.has(opType)) return `${name}: ${opType} races`;
  if (drawing.has(opType)) return `${name}: ${opType} draws randomness that no seed reaches`;
  return null;
}

describe("operators of every program", () => {
  it("knows every file of gpu/programs", () => {
    const files = readdirSync(new URL("../../../gpu/programs", import.meta.url)).filter((f) => f.endsWith(".ts"));
    expect(files.sort()).toEqual(Object.keys(registeredPrograms).sort());
  });

  for (const [file, graphs] of Object.entries(registeredPrograms))
    it(`none in ${file} races or draws`, () => {
      for (const [variant, graph] of Object.entries(graphs())) {
        const nodes = emittedNodes(writeModel(graph));
        expect(nodes.length, variant).toBeGreaterThan(5);
        expect(
          nodes.map(complaintAbout).filter((complaint) => complaint !== null),
          variant,
        ).toEqual([]);
      }
    });

  it("would see an accumulating scatter", () => {
    const attribute = [{ name: "reduction", type: 3, s: new TextEncoder().encode("add") }];
    const scatter = { name: "s", domain: "", input: [], output: [], attribute };
    expect(complaintAbout({ ...scatter, opType: "ScatterND" })).toContain("reduction add");
    expect(complaintAbout({ ...scatter, opType: "ScatterElements" })).toContain("reduction add");
    expect(complaintAbout({ ...scatter, opType: "ScatterND", attribute: [] })).toBeNull();
  });
});

/** Large enough that ONNX Runtime splits its work between threads. */
const config: DecoderConfig = {
  architecture: "qwen3",
  hiddenSize: 128,
  intermediateSize: 256,
  layers: 2,
  heads: 4,
  keyValueHeads: 2,
  headDim: 32,
  rmsNormEpsilon: 1e-6,
  ropeTheta: 10000,
  ropeScaling: null,
  vocabularySize: 1024,
  tieWordEmbeddings: true,
  contextLength: 64,
  qkNorm: true,
  qkvBias: false,
};

describe("same inputs, two threads", () => {
  const size = parameterCount(config);
  const vector = (data: Float32Array) => float32(data, [data.length]);
  // eleven different tokens in 768 places: every one of them is added up many times in the embedding's gradient
  const sequences = Array.from({ length: 16 }, (_, s) =>
    Array.from({ length: 48 - s }, (_, t) => (s * 7 + t * 5) % 11),
  );
  const batch = tokenBatch(
    sequences,
    sequences.map(() => 4),
  );
  const count = batch.sequenceOf.length;
  const inputs: Record<string, HostTensor> = {
    ...batch.inputs,
    weights: vector(pseudoRandom(size, 3).map((x) => x * 0.2)),
    gradient: vector(new Float32Array(size)),
    tokenWeights: vector(new Float32Array(count).fill(1 / count)),
  };
  const perToken = {
    advantages: vector(pseudoRandom(count, 4)),
    oldLogprobs: vector(pseudoRandom(count, 5).map((x) => x - 6)),
    refLogprobs: vector(pseudoRandom(count, 6).map((x) => x - 6)),
  };
  for (const [name, graph, feeds] of [
    ["sftStep", sftStep(config), inputs],
    ["grpoStep", grpoStep(config, grpoProgram), { ...inputs, ...perToken }],
    ["grpoStep with the least memory", grpoStep(config, grpoProgram, leastMemory), { ...inputs, ...perToken }],
  ] as const)
    it(`${name} gives bit-identical gradients in three runs and in another session`, async () => {
      const model = writeModel(graph);
      const results: Record<string, HostTensor>[] = [];
      for (const runs of [3, 1]) {
        const session = await Session.open(model, { threads: 2 });
        try {
          for (let run = 0; run < runs; run++) results.push(await session.run(feeds));
        } finally {
          await session.close();
        }
      }
      const bits = (output: string) =>
        results.map((r) => {
          const data = r[output]!.data as Float32Array;
          return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
        });
      for (const output of ["gradient.next", "metrics", "logprobs"]) {
        const [first, ...others] = bits(output) as [Buffer, ...Buffer[]];
        expect(first.some((byte) => byte !== 0)).toBe(true);
        for (const other of others) expect(other.equals(first), output).toBe(true);
      }
    });
});
