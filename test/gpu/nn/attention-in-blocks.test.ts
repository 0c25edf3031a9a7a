/** Attention in blocks of queries against all queries at once, forward and backward. */
import { describe, expect, it } from "vitest";
import { gradients } from "../../../gpu/autodiff/backward.ts";
import { GraphBuilder } from "../../../gpu/graph/builder.ts";
import { symbol } from "../../../gpu/graph/dim.ts";
import { mul } from "../../../gpu/graph/ops/elementwise.ts";
import { sum } from "../../../gpu/graph/ops/reduction.ts";
import { attentionInBlocks } from "../../../gpu/nn/attention-in-blocks.ts";
import { causalAttention, causalBias } from "../../../gpu/nn/causal-attention.ts";
import { float32 } from "../../../gpu/runtime/tensor.ts";
import { checkGradients } from "../../support/check-gradients.ts";
import { expectClose } from "../../support/expect-close.ts";
import { pseudoRandom } from "../../support/pseudo-random.ts";
import { runGraph } from "../../support/run-graph.ts";

const layout = { heads: 4, keyValueHeads: 2, headDim: 6 };
const [B, T] = [2, 10];

function graph(queryRows: number | null) {
  const builder = new GraphBuilder("attention");
  const [batch, length] = [symbol("B"), symbol("T")];
  const q = builder.input("q", "float32", [batch, length, 24]);
  const k = builder.input("k", "float32", [batch, length, 12]);
  const v = builder.input("v", "float32", [batch, length, 12]);
  const dy = builder.input("dy", "float32", [batch, length, 24]);
  const y =
    queryRows === null
      ? causalAttention(q, k, v, causalBias(q, length), layout)
      : attentionInBlocks("attention", q, k, v, layout, queryRows);
  builder.output("y", y);
  for (const [i, gradient] of gradients(sum(mul(y, dy)), [q, k, v]).entries()) builder.output(`d${"qkv"[i]}`, gradient);
  return builder;
}

const feeds = Object.fromEntries(
  Object.entries({ q: 24, k: 12, v: 12, dy: 24 }).map(([name, width], i) => [
    name,
    float32(
      pseudoRandom(B * T * width, i + 1).map((x) => 2 * x),
      [B, T, width],
    ),
  ]),
);

describe("attention in blocks of queries", () => {
  for (const queryRows of [1, 4, 10, 64])
    it(`of ${queryRows} is attention, and so are its gradients`, async () => {
      const whole = await runGraph(graph(null), feeds);
      const blocked = await runGraph(graph(queryRows), feeds);
      for (const name of ["y", "dq", "dk", "dv"]) {
        expect(blocked[name]!.shape).toEqual(whole[name]!.shape);
        expectClose(blocked[name]!.data as Float32Array, whole[name]!.data as Float32Array, 1e-6, name);
      }
    });

  it("has the gradient that central differences have", () =>
    checkGradients({
      shapes: [
        [1, 5, 24],
        [1, 5, 12],
        [1, 5, 12],
      ],
      build: (_, [q, k, v]) => attentionInBlocks("attention", q!, k!, v!, layout, 2),
    }));
});
