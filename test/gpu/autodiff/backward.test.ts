import { describe, expect, it } from "vitest";
import { gradients } from "../../../gpu/autodiff/backward.ts";
import { gradientRules } from "../../../gpu/autodiff/gradient-rules.ts";
import { GraphBuilder } from "../../../gpu/graph/builder.ts";
import { shapeText, symbol } from "../../../gpu/graph/dim.ts";
import { GraphError, type Value } from "../../../gpu/graph/node.ts";
import { loop } from "../../../gpu/graph/ops/control.ts";
import * as ew from "../../../gpu/graph/ops/elementwise.ts";
import * as ix from "../../../gpu/graph/ops/indexing.ts";
import * as la from "../../../gpu/graph/ops/linalg.ts";
import * as mv from "../../../gpu/graph/ops/movement.ts";
import * as rd from "../../../gpu/graph/ops/reduction.ts";
import { float32 } from "../../../gpu/runtime/tensor.ts";
import { runGraph } from "../../support/run-graph.ts";

/** dL/dx at x = [1, 2, 3] for L = f(x). */
async function gradientAt123(f: (x: Value, builder: GraphBuilder) => Value): Promise<number[]> {
  const builder = new GraphBuilder("walk");
  const x = builder.input("x", "float32", [3]);
  builder.output("g", gradients(f(x, builder), [x])[0]!);
  const { g } = await runGraph(builder, { x: float32(Float32Array.of(1, 2, 3), [3]) });
  expect(g!.shape).toEqual([3]);
  return Array.from(g!.data, Number);
}

describe("the reverse walk", () => {
  it("adds up the gradients of a value that is used more than once", async () => {
    expect(await gradientAt123((x) => rd.sum(ew.add(x, x)))).toEqual([2, 2, 2]);
    expect(await gradientAt123((x) => rd.sum(ew.mul(x, x)))).toEqual([2, 4, 6]);
    expect(await gradientAt123((x) => rd.sum(ew.add(ew.mul(ew.mul(x, x), x), ew.mul(x, 5))))).toEqual([8, 17, 32]);
  });

  it("adds up over paths of different length", async () => {
    // y = 2 x, z = y + x y: dz/dx = 2 + 4 x
    const z = (x: Value) => {
      const y = ew.mul(x, 2);
      return rd.sum(ew.add(y, ew.mul(x, y)));
    };
    expect(await gradientAt123(z)).toEqual([6, 10, 14]);
  });

  it("stops at stopGradient and goes around it", async () => {
    // x * stop(x): as if the second were a constant
    expect(await gradientAt123((x) => rd.sum(ew.mul(x, ew.stopGradient(x))))).toEqual([1, 2, 3]);
  });

  it("lets no gradient through comparisons and integers", async () => {
    expect(await gradientAt123((x) => rd.sum(ew.mul(x, ew.cast(ew.less(x, 2.5), "float32"))))).toEqual([1, 1, 0]);
  });

  it("gives gradients of values in the middle, and of one asked for twice", async () => {
    const builder = new GraphBuilder("middle");
    const x = builder.input("x", "float32", [2]);
    const y = ew.mul(x, 3);
    const [dy, dx, again] = gradients(rd.sum(ew.mul(y, y)), [y, x, x]);
    for (const [name, value] of Object.entries({ dy: dy!, dx: dx!, again: again! })) builder.output(name, value);
    const result = await runGraph(builder, { x: float32(Float32Array.of(1, 2), [2]) });
    expect([...result.dy!.data]).toEqual([6, 12]);
    expect([...result.dx!.data]).toEqual([18, 36]);
    expect([...result.again!.data]).toEqual([18, 36]);
  });

  it("gives every gradient the shape of its value, symbols kept", () => {
    const builder = new GraphBuilder("shapes");
    const [B, T] = [symbol("B"), symbol("T")];
    const x = builder.input("x", "float32", [B, T, 4]);
    const row = builder.input("row", "float32", [4]);
    const column = builder.input("column", "float32", [T, 1]);
    const scalar = builder.input("scalar", "float32", []);
    const y = ew.mul(ew.add(ew.mul(x, row), column), scalar);
    const shapes = gradients(rd.sum(y), [x, row, column, scalar]).map((g) => shapeText(g.shape));
    expect(shapes).toEqual(["[B, T, 4]", "[4]", "[T, 1]", "[]"]);
  });

  it("makes no node for what nobody asked for", () => {
    const builder = new GraphBuilder("thrift");
    const a = builder.input("a", "float32", [3, 4]);
    const b = builder.input("b", "float32", [4, 5]);
    const loss = rd.sum(la.matmul(a, b));
    const before = builder.nodes.length;
    gradients(loss, [a]);
    expect(builder.nodes.slice(before).filter((node) => node.op === "matmul")).toHaveLength(1);
  });
});

describe("the reverse walk refuses", () => {
  const x = () => new GraphBuilder("refuse").input("x", "float32", [3]);
  const builderAt = (v: Value) => v.node.graph as GraphBuilder;

  it("a loss that is no float scalar", () => {
    const v = x();
    expect(() => gradients(v, [v])).toThrow(/float32 scalar, not float32\[3\]/);
    expect(() => gradients(rd.sum(ew.cast(v, "int64")), [v])).toThrow(/float32 scalar, not int64\[\]/);
  });

  it("a value the loss does not depend on, by name", () => {
    const v = x();
    const other = builderAt(v).input("other", "float32", [3]);
    expect(() => gradients(rd.sum(v), [v, other])).toThrow(/does not depend on input other/);
    expect(() => gradients(rd.sum(ew.stopGradient(v)), [v])).toThrow(/does not depend on input x/);
  });

  const forbidden: Record<string, (v: Value, b: GraphBuilder) => Value> = {
    reduceMax: (v) => rd.reduceMax(v),
    reduceMin: (v) => rd.reduceMin(v),
    cumsum: (v) => rd.cumsum(v, 0),
    gather: (v, b) => ix.gather(v, b.int([0])),
    scatterRows: (v, b) => ix.scatterRows(v, b.int([0], [1, 1]), b.float([1])),
    scatterElements: (v, b) => ix.scatterElements(mv.reshape(v, [1, 3]), b.int([0], [1, 1]), b.float([1], [1, 1])),
    topK: (v) => ix.topK(v, 1).values,
    loop: (v, b) =>
      loop("body", b.int(1), b.bool(true), [{ initial: v }], (inner, _, [p]) => ({
        goOn: inner.bool(true),
        carried: [p!],
      }))[0]!,
  };
  for (const [primitive, make] of Object.entries(forbidden))
    it(`a path through ${primitive}, but not ${primitive} beside the path`, () => {
      const v = x();
      const through = rd.sum(make(v, builderAt(v)));
      expect(() => gradients(through, [v])).toThrow(GraphError);
      expect(() => gradients(through, [v])).toThrow(`no gradient may be asked of ${primitive}`);
      const beside = rd.sum(ew.add(v, rd.sum(ew.stopGradient(make(v, builderAt(v))))));
      expect(() => gradients(beside, [v])).not.toThrow();
    });

  it("every primitive the table forbids", () => {
    const names = Object.entries(gradientRules).flatMap(([name, rule]) => (rule === "forbidden" ? [name] : []));
    expect(Object.keys(forbidden).sort()).toEqual(names.sort());
  });

  it("a path through a side output that its rule knows nothing of", () => {
    const b = new GraphBuilder("side");
    const [hidden, weight] = [b.input("h", "float32", [2, 3]), b.input("w", "float32", [5, 3])];
    const { logprobs, probabilities } = la.linearLogprob(hidden, weight, b.int([0, 1]), 1);
    expect(() => gradients(rd.sum(ew.mul(probabilities, probabilities)), [hidden])).toThrow(
      /no gradient may be asked of output 1 of linearLogprob/,
    );
    const detached = rd.sum(ew.mul(logprobs, rd.sum(ew.stopGradient(probabilities), [1])));
    expect(() => gradients(detached, [hidden])).not.toThrow();
    const inverseRms = b.apply("rmsNorm", [hidden, b.float([1, 1, 1])], { epsilon: 1e-6 })[1]!;
    expect(() => gradients(rd.sum(inverseRms), [hidden])).toThrow(/output 1 of rmsNorm/);
  });

  it("gatherElements where an index may repeat along a row", () => {
    const b = new GraphBuilder("repeat");
    const v = b.input("x", "float32", [2, 3]);
    const picked = rd.sum(ix.gatherElements(v, b.int([0, 0, 1, 2], [2, 2]), 1));
    expect(() => gradients(picked, [v])).toThrow(/one index per row/);
  });

  it("nothing else: slices, splits and concatenations with unused parts have zero gradients there", async () => {
    expect(await gradientAt123((v) => rd.sum(mv.slice(v, 0, 1, 1)))).toEqual([0, 1, 0]);
    expect(await gradientAt123((v) => rd.sum(mv.split(v, 0, [1, 2])[1]!))).toEqual([0, 1, 1]);
    expect(await gradientAt123((v) => rd.sum(mv.slice(mv.concat([v, v], 0), 0, 2, 2)))).toEqual([1, 0, 1]);
  });
});
