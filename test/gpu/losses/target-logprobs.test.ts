/** Logits in chunks of rows against all at once, and against central differences. */
import { describe, expect, it } from "vitest";
import { gradients } from "../../../gpu/autodiff/backward.ts";
import { GraphBuilder } from "../../../gpu/graph/builder.ts";
import { symbol } from "../../../gpu/graph/dim.ts";
import { mul } from "../../../gpu/graph/ops/elementwise.ts";
import { sum } from "../../../gpu/graph/ops/reduction.ts";
import { logitRowsFor, targetLogprobs } from "../../../gpu/losses/target-logprobs.ts";
import { writeModel } from "../../../gpu/onnx/model-writer.ts";
import { float32, int64 } from "../../../gpu/runtime/tensor.ts";
import { checkGradients } from "../../support/check-gradients.ts";
import { emittedNodes } from "../../support/emitted-nodes.ts";
import { expectClose } from "../../support/expect-close.ts";
import { pseudoRandom } from "../../support/pseudo-random.ts";
import { runGraph } from "../../support/run-graph.ts";
import { onCpu } from "../../support/test-device.ts";

const [M, V, D] = [11, 37, 6];

function graph(logitRows: number | null, wanted: readonly ("hidden" | "weight")[]) {
  const builder = new GraphBuilder("head");
  const rows = symbol("M");
  const inputs = {
    hidden: builder.input("hidden", "float32", [rows, D]),
    weight: builder.input("weight", "float32", [V, D]),
  };
  const targets = builder.input("targets", "int64", [rows]);
  const scale = builder.input("scale", "float32", [rows]);
  const { logprobs, entropies } = targetLogprobs(inputs.hidden, inputs.weight, targets, 1 / 0.7, logitRows);
  builder.output("logprobs", logprobs);
  builder.output("entropies", entropies);
  const found = gradients(
    sum(mul(logprobs, scale)),
    wanted.map((name) => inputs[name]),
  );
  for (const [i, name] of wanted.entries()) builder.output(`${name}.gradient`, found[i]!);
  return builder;
}

const feeds = {
  hidden: float32(
    pseudoRandom(M * D, 1).map((x) => 2 * x),
    [M, D],
  ),
  weight: float32(pseudoRandom(V * D, 2), [V, D]),
  targets: int64(
    BigInt64Array.from({ length: M }, (_, m) => BigInt((m * 5) % 7)),
    [M],
  ),
  scale: float32(pseudoRandom(M, 3), [M]),
};

// made of loops or of orders that save memory, which other devices refuse
describe.skipIf(!onCpu)("logits in chunks of rows", () => {
  for (const logitRows of [1, 4, 11, 64])
    it(`of ${logitRows} give what all at once give`, async () => {
      const whole = await runGraph(graph(null, ["hidden", "weight"]), feeds);
      const chunked = await runGraph(graph(logitRows, ["hidden", "weight"]), feeds);
      for (const name of ["logprobs", "entropies", "hidden.gradient", "weight.gradient"]) {
        expect(chunked[name]!.shape).toEqual(whole[name]!.shape);
        expectClose(chunked[name]!.data as Float32Array, whole[name]!.data as Float32Array, 1e-6, name);
      }
    });

  it("have the gradient that central differences have", () =>
    checkGradients({
      shapes: [
        [5, 4],
        [6, 4],
      ],
      build: (b, [h, w]) => targetLogprobs(h!, w!, b.int([5, 0, 5, 1, 2], [5]), 1 / 0.7, 2).logprobs,
    }));

  it("are made once where the output matrix is frozen, twice where it is trained", () => {
    const loops = (wanted: readonly ("hidden" | "weight")[]) =>
      emittedNodes(writeModel(graph(4, wanted))).filter((node) => node.opType === "Loop").length;
    expect(loops(["hidden"])).toBe(1);
    expect(loops(["hidden", "weight"])).toBe(2);
  });

  it("stay under 64 MiB for any vocabulary, and whole for small ones", () => {
    expect(logitRowsFor(32)).toBeNull();
    expect(logitRowsFor(32_768)).toBeNull();
    expect(logitRowsFor(151_936)).toBe(110);
    expect(logitRowsFor(40_000)! * 40_000 * 4).toBeLessThanOrEqual(64 * 2 ** 20);
  });
});
