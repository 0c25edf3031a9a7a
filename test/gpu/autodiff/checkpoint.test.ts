/** Computing a part of the model again on the way back changes memory and time, and not one bit of a gradient. */
import { describe, expect, it } from "vitest";
import { gradients } from "../../../gpu/autodiff/backward.ts";
import { checkpoint } from "../../../gpu/autodiff/checkpoint.ts";
import { GraphBuilder } from "../../../gpu/graph/builder.ts";
import { symbol } from "../../../gpu/graph/dim.ts";
import type { Value } from "../../../gpu/graph/node.ts";
import { add, mul, silu } from "../../../gpu/graph/ops/elementwise.ts";
import { matmul, rmsNorm } from "../../../gpu/graph/ops/linalg.ts";
import { sum } from "../../../gpu/graph/ops/reduction.ts";
import { writeModel } from "../../../gpu/onnx/model-writer.ts";
import { float32 } from "../../../gpu/runtime/tensor.ts";
import { checkGradients } from "../../support/check-gradients.ts";
import { countOperators } from "../../support/emitted-nodes.ts";
import { pseudoRandom } from "../../support/pseudo-random.ts";
import { runGraph } from "../../support/run-graph.ts";
import { onCpu } from "../../support/test-device.ts";

type Around = (x: Value, part: (x: Value) => Value) => Value;
const plainly: Around = (x, part) => part(x);

/** Three layers x + silu(norm(x) W) U over one gain, U being shared by all of them. */
function threeLayers(around: Around) {
  const builder = new GraphBuilder("layers");
  const x = builder.input("x", "float32", [symbol("N"), 8]);
  const gain = builder.input("gain", "float32", [8]);
  const weights = [0, 1, 2].map((i) => builder.input(`w${i}`, "float32", [8, 16]));
  const shared = builder.input("u", "float32", [16, 8]);
  let y = x;
  for (const w of weights) y = around(y, (x) => add(x, matmul(silu(matmul(rmsNorm(x, gain, 1e-6), w)), shared)));
  const wrt = [x, gain, ...weights, shared];
  for (const [i, gradient] of gradients(sum(mul(y, y)), wrt).entries()) builder.output(`g${i}`, gradient);
  return builder;
}

const feeds = {
  x: float32(pseudoRandom(5 * 8, 1), [5, 8]),
  gain: float32(
    pseudoRandom(8, 2).map((g) => g + 1.5),
    [8],
  ),
  w0: float32(pseudoRandom(128, 3), [8, 16]),
  w1: float32(pseudoRandom(128, 4), [8, 16]),
  w2: float32(pseudoRandom(128, 5), [8, 16]),
  u: float32(pseudoRandom(128, 6), [16, 8]),
};

// made of loops or of orders that save memory, which other devices refuse
describe.skipIf(!onCpu)("a part that is computed again", () => {
  it("gives the same bits, also for weights that several parts share", async () => {
    const kept = await runGraph(threeLayers(plainly), feeds);
    const again = await runGraph(threeLayers(checkpoint), feeds);
    expect(Object.keys(again)).toHaveLength(6);
    expect(again).toEqual(kept);
  });

  it("is there twice, the second time not before the gradient", () => {
    const kept = countOperators(writeModel(threeLayers(plainly)));
    const again = countOperators(writeModel(threeLayers(checkpoint)));
    expect(kept.QuickGelu).toBe(3);
    expect(again.QuickGelu).toBe(6);
  });

  it("may lie within another", async () => {
    const nested: Around = (x, part) => checkpoint(x, (x) => checkpoint(x, part));
    expect(await runGraph(threeLayers(nested), feeds)).toEqual(await runGraph(threeLayers(plainly), feeds));
  });

  it("has the gradient that central differences have", () =>
    checkGradients({
      shapes: [
        [3, 4],
        [4, 4],
      ],
      build: (_, [x, w]) => checkpoint(x!, (x) => silu(matmul(silu(x), w!))),
    }));
});
