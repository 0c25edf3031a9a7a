import { expect, it } from "vitest";
import { GraphBuilder } from "../../../gpu/graph/builder.ts";
import { symbol } from "../../../gpu/graph/dim.ts";
import { linear, linearOfFewRows } from "../../../gpu/nn/linear.ts";
import { writeModel } from "../../../gpu/onnx/model-writer.ts";
import { float32 } from "../../../gpu/runtime/tensor.ts";
import { countOperators } from "../../support/emitted-nodes.ts";
import { expectClose } from "../../support/expect-close.ts";
import { pseudoRandom } from "../../support/pseudo-random.ts";
import { runGraph } from "../../support/run-graph.ts";

it("the product of few rows is that of many, and no Gemm, whose factors the runtime would exchange", async () => {
  const builder = new GraphBuilder("linear");
  const x = builder.input("x", "float32", [symbol("N"), 40]);
  const weight = builder.input("weight", "float32", [30, 40]);
  const bias = builder.input("bias", "float32", [30]);
  builder.output("few", linearOfFewRows(x, weight, bias));
  expect(countOperators(writeModel(builder))).toEqual({ MatMul: 1, Transpose: 2, Add: 1 });
  builder.output("many", linear(x, weight, bias));
  const { few, many } = await runGraph(builder, {
    x: float32(pseudoRandom(16 * 40), [16, 40]),
    weight: float32(pseudoRandom(30 * 40), [30, 40]),
    bias: float32(pseudoRandom(30), [30]),
  });
  expect(few!.shape).toEqual([16, 30]);
  expectClose(few!.data as Float32Array, [...(many!.data as Float32Array)], 1e-6, "the product");
});
