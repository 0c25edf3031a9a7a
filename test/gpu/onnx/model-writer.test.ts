import { describe, expect, it } from "vitest";
import { GraphBuilder } from "../../../gpu/graph/builder.ts";
import { addDims, multiplyDims, symbol } from "../../../gpu/graph/dim.ts";
import type { Value } from "../../../gpu/graph/node.ts";
import { add, mul } from "../../../gpu/graph/ops/elementwise.ts";
import { matmul } from "../../../gpu/graph/ops/linalg.ts";
import { concat, expand, reshape, slice } from "../../../gpu/graph/ops/movement.ts";
import { sum } from "../../../gpu/graph/ops/reduction.ts";
import { writeModel } from "../../../gpu/onnx/model-writer.ts";
import { decodeModel, encodeModel } from "../../../gpu/onnx/proto.ts";
import { Session } from "../../../gpu/runtime/session.ts";
import { float32 } from "../../../gpu/runtime/tensor.ts";
import { countOperators, emittedNodes } from "../../support/emitted-nodes.ts";
import { expectClose } from "../../support/expect-close.ts";
import { pseudoRandom } from "../../support/pseudo-random.ts";
import { registeredPrograms } from "../../support/registered-programs.ts";
import { runGraph } from "../../support/run-graph.ts";

const everyProgram = Object.values(registeredPrograms).flatMap((graphs) => Object.values(graphs()));

describe("the bytes of a model", () => {
  it("say again what was written into them", () => {
    for (const graph of everyProgram) {
      const bytes = writeModel(graph);
      const decoded = decodeModel(bytes);
      expect(decoded.graph.input.map((i) => i.name)).toEqual(
        graph.inputs.map((v) => (v.node.op === "input" ? v.node.params.name : "not an input")),
      );
      expect(decoded.graph.output.map((o) => o.name)).toEqual(graph.outputs.map((o) => o.name));
      expect(Buffer.from(encodeModel(decodeModel(encodeModel(decoded)))).equals(encodeModel(decoded))).toBe(true);
    }
  });

  it("are the same for the same graph, written again or built again", () => {
    const again = Object.values(registeredPrograms).flatMap((graphs) => Object.values(graphs()));
    for (const [i, graph] of everyProgram.entries()) {
      const bytes = Buffer.from(writeModel(graph));
      expect(bytes.equals(writeModel(graph)), `${graph.name} written again`).toBe(true);
      expect(bytes.equals(writeModel(again[i]!)), `${graph.name} built again`).toBe(true);
    }
  });

  it("pin opset 21 and ONNX Runtime's own operators at 1", () => {
    for (const graph of everyProgram) {
      const { irVersion, opsetImport } = decodeModel(writeModel(graph));
      expect(irVersion).toBe(10);
      expect(opsetImport).toEqual([
        { domain: "", version: 21 },
        { domain: "com.microsoft", version: 1 },
      ]);
    }
  });

  it("name every node and every result once", () => {
    for (const graph of everyProgram) {
      const nodes = emittedNodes(writeModel(graph));
      const names = nodes.map((n) => n.name);
      const results = nodes.flatMap((n) => n.output);
      expect(new Set(names).size).toBe(names.length);
      expect(new Set(results).size).toBe(results.length);
    }
  });
});

describe("symbolic shapes", () => {
  it("serve every batch and length in one session", async () => {
    const builder = new GraphBuilder("dynamic");
    const [B, T] = [symbol("B"), symbol("T")];
    const x = builder.input("x", "float32", [B, T, 2]);
    const rows = multiplyDims(B, T);
    builder.output("flat", reshape(x, [rows, 2]));
    builder.output("folded", reshape(x, [T, 2, B])); // two symbols: no -1 can stand for both
    builder.output("iota", builder.iota(addDims(multiplyDims(rows, 2), 1))); // 2 B T + 1
    builder.output("full", builder.full(2.5, "float32", [T, rows]));
    builder.output("expanded", expand(reshape(x, [B, T, 1, 2]), [B, T, 3, 2]));
    builder.output("tail", slice(concat([x, x], 1), 1, T)); // [B, T, 2]: the second half of 2 T
    const session = await Session.open(writeModel(builder), { threads: 1 });
    try {
      for (const [b, t] of [
        [2, 3],
        [1, 1],
        [4, 5],
        [3, 2],
      ] as const) {
        const data = pseudoRandom(b * t * 2, b);
        const y = await session.run({ x: float32(data, [b, t, 2]) });
        expect(y.flat!.shape).toEqual([b * t, 2]);
        expect(y.folded!.shape).toEqual([t, 2, b]);
        expect([...y.flat!.data]).toEqual([...data]);
        expect([...y.folded!.data]).toEqual([...data]);
        expect(Array.from(y.iota!.data, Number)).toEqual(Array.from({ length: 2 * b * t + 1 }, (_, i) => i));
        expect(y.full!.shape).toEqual([t, b * t]);
        expect(new Set(y.full!.data as Float32Array)).toEqual(new Set([2.5]));
        expect(y.expanded!.shape).toEqual([b, t, 3, 2]);
        expect([...y.tail!.data]).toEqual([...data]);
      }
    } finally {
      await session.close();
    }
  });
});

describe("an addition that a product can start from", () => {
  const flags = [
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ] as const;
  for (const [transposeA, transposeB] of flags)
    for (const productFirst of [false, true])
      it(`is one Gemm with the same result (A${transposeA ? "'" : ""} B${transposeB ? "'" : ""}, product ${productFirst ? "first" : "last"})`, async () => {
        const build = (unfused: boolean) => {
          const builder = new GraphBuilder("gemm");
          const a = builder.input("a", "float32", transposeA ? [4, symbol("M")] : [symbol("M"), 4]);
          const b = builder.input("b", "float32", transposeB ? [5, 4] : [4, 5]);
          const c = builder.input("c", "float32", [symbol("M"), 5]);
          const product = matmul(a, b, { transposeA, transposeB, alpha: 0.5 });
          builder.output("y", productFirst ? add(product, c) : add(c, product));
          if (unfused) builder.output("product", product); // a second reader keeps the product alone
          return builder;
        };
        expect(countOperators(writeModel(build(false)))).toMatchObject({ Gemm: 1 });
        expect(countOperators(writeModel(build(false))).Add).toBeUndefined();
        expect(countOperators(writeModel(build(true)))).toMatchObject({ Add: 1 });
        const feeds = {
          a: float32(pseudoRandom(12, 1), transposeA ? [4, 3] : [3, 4]),
          b: float32(pseudoRandom(20, 2), transposeB ? [5, 4] : [4, 5]),
          c: float32(pseudoRandom(15, 3), [3, 5]),
        };
        const fused = (await runGraph(build(false), feeds)).y!;
        const plain = (await runGraph(build(true), feeds)).y!;
        expect(fused.shape).toEqual([3, 5]);
        expectClose(fused.data as Float32Array, plain.data as Float32Array, 1e-6, "the sum");
      });

  const operatorsOf = (build: (a: Value, b: Value, builder: GraphBuilder) => Value) => {
    const builder = new GraphBuilder("unfused");
    const a = builder.input("a", "float32", [3, 3]);
    const b = builder.input("b", "float32", [3, 3]);
    builder.output("y", build(a, b, builder));
    return countOperators(writeModel(builder));
  };

  it("may be one row for all of the product: a bias", async () => {
    const biased = (unfused: boolean) => {
      const builder = new GraphBuilder("bias");
      const x = builder.input("x", "float32", [symbol("N"), 4]);
      const product = matmul(x, builder.input("weight", "float32", [5, 4]), { transposeB: true });
      builder.output("y", add(product, builder.input("bias", "float32", [5])));
      if (unfused) builder.output("product", product);
      return builder;
    };
    expect(countOperators(writeModel(biased(false)))).toEqual({ Gemm: 1 });
    const feeds = {
      x: float32(pseudoRandom(12, 1), [3, 4]),
      weight: float32(pseudoRandom(20, 2), [5, 4]),
      bias: float32(pseudoRandom(5, 3), [5]),
    };
    const [fused, plain] = [(await runGraph(biased(false), feeds)).y!, (await runGraph(biased(true), feeds)).y!];
    expect(fused.shape).toEqual([3, 5]);
    expectClose(fused.data as Float32Array, plain.data as Float32Array, 1e-6, "the sum");
  });

  it("stays an addition where it is a column, the product is read twice, or the rank is not 2", () => {
    const column = (builder: GraphBuilder) => builder.float([1, 2, 3], [3, 1]);
    expect(operatorsOf((a, b, g) => add(matmul(a, b), column(g)))).toMatchObject({ MatMul: 1, Add: 1 });
    expect(
      operatorsOf((a, b) => {
        const product = matmul(a, b);
        return mul(add(product, a), product);
      }),
    ).toMatchObject({ MatMul: 1, Add: 1 });
    expect(
      operatorsOf((a, b) => {
        const product = matmul(a, b);
        return add(product, product);
      }),
    ).toMatchObject({ MatMul: 1, Add: 1 });
    const stacked = operatorsOf((a, b) => add(matmul(reshape(a, [1, 3, 3]), b), reshape(b, [1, 3, 3])));
    expect(stacked).toMatchObject({ MatMul: 1, Add: 1 });
  });

  it("of two products absorbs one", () => {
    expect(operatorsOf((a, b) => add(matmul(a, b), matmul(b, a)))).toMatchObject({ MatMul: 1, Gemm: 1 });
  });
});

describe("what no output needs", () => {
  it("is not written, its constants neither; inputs are", () => {
    const builder = new GraphBuilder("dead");
    const x = builder.input("x", "float32", [2]);
    builder.input("unread", "float32", [symbol("N")]);
    sum(mul(matmul(builder.float(new Float32Array(4), [2, 2]), reshape(x, [2, 1])), 3));
    builder.output("y", add(x, x));
    const model = writeModel(builder);
    expect(countOperators(model)).toEqual({ Add: 1 });
    const { graph } = decodeModel(model);
    expect(graph.initializer).toEqual([]);
    expect(graph.input.map((i) => i.name)).toEqual(["x", "unread"]);
  });

  it("copies a value to an output only where it bears another name: an input, or a second output", () => {
    const builder = new GraphBuilder("named");
    const x = builder.input("x", "float32", [2]);
    const y = add(x, x);
    builder.output("again.x", x);
    builder.output("y", y);
    builder.output("again.y", y);
    builder.output("z", mul(y, y));
    const model = writeModel(builder);
    expect(countOperators(model)).toEqual({ Add: 1, Mul: 1, Identity: 2 });
    expect(decodeModel(model).graph.output.map((o) => o.name)).toEqual(["again.x", "y", "again.y", "z"]);
  });

  it("keeps its gradients out of a program that scores only", () => {
    for (const graph of Object.values(registeredPrograms["logprobs.ts"]!()))
      expect(countOperators(writeModel(graph)).OneHot).toBeUndefined();
  });
});
