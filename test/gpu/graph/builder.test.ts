/** A node that cannot be is refused when it is made, with its name and what it was given. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { builderOf, GraphBuilder } from "../../../gpu/graph/builder.ts";
import { dimKey, type Shape, shapeEquals, shapeText, symbol } from "../../../gpu/graph/dim.ts";
import { type DType, GraphError, type Value } from "../../../gpu/graph/node.ts";
import { loop } from "../../../gpu/graph/ops/control.ts";
import * as ew from "../../../gpu/graph/ops/elementwise.ts";
import * as ix from "../../../gpu/graph/ops/indexing.ts";
import * as la from "../../../gpu/graph/ops/linalg.ts";
import * as mv from "../../../gpu/graph/ops/movement.ts";
import * as rd from "../../../gpu/graph/ops/reduction.ts";
import type { Primitive, PrimitiveParams } from "../../../gpu/graph/primitives.ts";
import { broadcastShapes } from "../../../gpu/graph/type-checks.ts";
import { typeRules } from "../../../gpu/graph/types.ts";

const [B, T] = [symbol("B"), symbol("T")];
const graph = () => {
  const builder = new GraphBuilder("test");
  let count = 0;
  const of = (dtype: DType) => (shape: Shape) => builder.input(`x${count++}`, dtype, shape);
  return { builder, float: of("float32"), int: of("int64"), bool: of("bool"), int32: of("int32") };
};
type Made = ReturnType<typeof graph>;

/** What is refused: the primitive, and each text the message must hold. */
const refusals: readonly [Primitive, string, (g: Made) => unknown, ...string[]][] = [
  ["constant", "too few values", (g) => g.builder.float([1, 2, 3], [2, 2]), "3 values", "[2, 2]"],
  ["add", "shapes that do not broadcast", (g) => ew.add(g.float([2, 3]), g.float([2, 4])), "[2, 3]", "[2, 4]"],
  ["mul", "symbols that differ", (g) => ew.mul(g.float([B, 3]), g.float([T, 3])), "[B, 3]", "[T, 3]"],
  ["sub", "a symbol against a number", (g) => ew.sub(g.float([B]), g.float([2])), "[B]", "[2]"],
  ["div", "dtypes that differ", (g) => ew.div(g.float([2]), g.int([2])), "float32[2]", "int64[2]"],
  ["max", "booleans", (g) => ew.max(g.bool([2]), g.bool([2])), "bool[2]"],
  ["min", "dtypes that differ", (g) => ew.min(g.int([2]), g.int32([2])), "int64[2]", "int32[2]"],
  ["neg", "booleans", (g) => ew.neg(g.bool([2])), "bool[2]"],
  ["exp", "integers", (g) => ew.exp(g.int([2])), "int64[2]"],
  ["log", "integers", (g) => ew.log(g.int([2])), "int64[2]"],
  ["sqrt", "integers", (g) => ew.sqrt(g.int([2])), "int64[2]"],
  ["abs", "booleans", (g) => ew.abs(g.bool([2])), "bool[2]"],
  ["sigmoid", "integers", (g) => ew.sigmoid(g.int([2])), "int64[2]"],
  ["silu", "integers", (g) => ew.silu(g.int([2])), "int64[2]"],
  ["equal", "dtypes that differ", (g) => ew.equal(g.float([2]), g.int([2])), "float32[2]", "int64[2]"],
  ["less", "booleans", (g) => ew.less(g.bool([2]), g.bool([2])), "bool[2]"],
  ["lessOrEqual", "shapes", (g) => ew.lessOrEqual(g.float([2]), g.float([3])), "[2]", "[3]"],
  ["and", "numbers", (g) => ew.and(g.float([2]), g.float([2])), "float32[2]"],
  ["or", "numbers", (g) => ew.or(g.int([2]), g.int([2])), "int64[2]"],
  ["not", "numbers", (g) => ew.not(g.float([2])), "float32[2]"],
  ["where", "a condition of numbers", (g) => ew.where(g.float([2]), g.float([2]), 0), "float32[2]"],
  ["where", "branches of two dtypes", (g) => ew.where(g.bool([2]), g.float([2]), g.int([2])), "float32[2]", "int64[2]"],
  ["where", "branches that do not broadcast", (g) => ew.where(g.bool([2]), g.float([2]), g.float([3])), "[2]", "[3]"],
  ["isFinite", "integers", (g) => ew.finite(g.int([2])), "int64[2]"],
  ["reshape", "another number of elements", (g) => mv.reshape(g.float([B, 6]), [B, 2, 4]), "[B, 6]", "[B, 2, 4]"],
  ["transpose", "an axis twice", (g) => mv.transpose(g.float([2, 3]), [1, 1]), "[1,1]", "[2, 3]"],
  ["transpose", "too few axes", (g) => mv.transpose(g.float([2, 3]), [1]), "[1]", "[2, 3]"],
  ["expand", "a size that is not 1", (g) => mv.expand(g.float([2, 3]), [4, 3]), "[2, 3]", "[4, 3]"],
  ["expand", "something smaller", (g) => mv.expand(g.float([2, 3]), [3]), "[2, 3]", "[3]"],
  ["concat", "other axes that differ", (g) => mv.concat([g.float([2, 3]), g.float([3, 3])], 1), "[2, 3]", "[3, 3]"],
  ["concat", "dtypes that differ", (g) => mv.concat([g.float([2]), g.int([2])], 0), "float32[2]", "int64[2]"],
  ["concat", "an axis there is not", (g) => mv.concat([g.float([2]), g.float([2])], 1), "axis 1", "[2]"],
  ["slice", "beyond the end", (g) => mv.slice(g.float([2, 3]), 1, 2, 2), "[2, 4)", "[2, 3]"],
  ["slice", "before the start", (g) => mv.slice(g.float([2, 3]), 1, -1, 2), "[-1, 1)", "[2, 3]"],
  ["slice", "an axis there is not", (g) => mv.slice(g.float([2, 3]), 2, 0, 1), "axis 2", "[2, 3]"],
  ["split", "sizes that do not add up", (g) => mv.split(g.float([5]), 0, [2, 2]), "4", "[5]"],
  ["split", "an axis of unknown size", (g) => mv.split(g.float([B]), 0, [2, 2]), "4", "[B]"],
  ["sum", "booleans", (g) => rd.sum(g.bool([2])), "bool[2]"],
  ["sum", "an axis there is not", (g) => rd.sum(g.float([2]), [1]), "axis 1", "[2]"],
  ["reduceMax", "booleans", (g) => rd.reduceMax(g.bool([2])), "bool[2]"],
  ["reduceMin", "an axis there is not", (g) => rd.reduceMin(g.float([2]), [3]), "axis 3", "[2]"],
  ["argMax", "a scalar", (g) => rd.argMax(g.float([])), "[]"],
  ["cumsum", "booleans", (g) => rd.cumsum(g.bool([2]), 0), "bool[2]"],
  ["softmax", "integers", (g) => rd.softmax(g.int([2])), "int64[2]"],
  ["softmax", "a scalar", (g) => rd.softmax(g.float([])), "float32[]"],
  ["logSoftmax", "integers", (g) => rd.logSoftmax(g.int([2])), "int64[2]"],
  ["matmul", "inner sizes that differ", (g) => la.matmul(g.float([2, 3]), g.float([4, 5])), "[2, 3]", "[4, 5]"],
  [
    "matmul",
    "inner sizes after transposing",
    (g) => la.matmul(g.float([2, 3]), g.float([3, 2]), { transposeB: true }),
    "[2, 3]",
    "[3, 2]",
  ],
  ["matmul", "a vector", (g) => la.matmul(g.float([3]), g.float([3, 2])), "[3]", "[3, 2]"],
  ["matmul", "integers", (g) => la.matmul(g.int([2, 3]), g.int([3, 2])), "int64[2, 3]"],
  ["matmul", "batches that do not broadcast", (g) => la.matmul(g.float([2, 3, 3]), g.float([4, 3, 3])), "[2]", "[4]"],
  ["gather", "indices that are no integers", (g) => ix.gather(g.float([2]), g.float([2])), "float32[2]"],
  [
    "gatherElements",
    "indices of another rank",
    (g) => ix.gatherElements(g.float([2, 3]), g.int([2]), 1),
    "[2, 3]",
    "[2]",
  ],
  [
    "gatherElements",
    "more rows than there are",
    (g) => ix.gatherElements(g.float([2, 3]), g.int([3, 1]), 1),
    "[2, 3]",
    "[3, 1]",
  ],
  ["embedding", "a table of unknown size", (g) => ix.embedding(g.float([B, 3]), g.int([2])), "[B, 3]"],
  ["embedding", "ids that are no integers", (g) => ix.embedding(g.float([4, 3]), g.float([2])), "float32[2]"],
  [
    "takeRows",
    "an inverse of the wrong size",
    (g) => ix.takeRows(g.float([4, 3]), g.int([2]), g.int([2])),
    "[4, 3]",
    "[2]",
  ],
  [
    "takeRows",
    "indices that are no integers",
    (g) => ix.takeRows(g.float([4, 3]), g.float([2]), g.int([4])),
    "float32[2]",
  ],
  [
    "takeRows",
    "an inverse that is no integers",
    (g) => ix.takeRows(g.float([4, 3]), g.int([2]), g.float([4])),
    "float32[4]",
  ],
  ["oneHot", "floats", (g) => ix.oneHot(g.float([2]), 3), "float32[2]"],
  [
    "scatterRows",
    "updates of other rows",
    (g) => ix.scatterRows(g.float([4, 3]), g.int([2, 1]), g.float([2, 2])),
    "[4, 3]",
    "[2, 2]",
  ],
  [
    "scatterRows",
    "indices that are no integers",
    (g) => ix.scatterRows(g.float([4, 3]), g.float([2, 1]), g.float([2, 3])),
    "float32[2, 1]",
  ],
  [
    "scatterElements",
    "two indices a row",
    (g) => ix.scatterElements(g.float([4, 3]), g.int([4, 2]), g.float([4, 2])),
    "[4, 3]",
    "[4, 2]",
  ],
  [
    "scatterElements",
    "updates of another shape",
    (g) => ix.scatterElements(g.float([4, 3]), g.int([4, 1]), g.float([4, 3])),
    "updates",
  ],
  ["topK", "more than there are", (g) => ix.topK(g.float([2, 3]), 4), "4", "[2, 3]"],
  ["topK", "a scalar", (g) => ix.topK(g.float([]), 1), "float32[]"],
  ["topK", "booleans", (g) => ix.topK(g.bool([3]), 1), "bool[3]"],
  ["nonZero", "numbers", (g) => ix.nonZero(g.float([2]), B), "float32[2]"],
  ["nonZero", "a matrix", (g) => ix.nonZero(g.bool([2, 2]), B), "bool[2, 2]"],
  ["rmsNorm", "a gain of another size", (g) => la.rmsNorm(g.float([2, 3]), g.float([2]), 1e-6), "[2, 3]", "[2]"],
  ["rmsNorm", "integers", (g) => la.rmsNorm(g.int([2, 3]), g.int([3]), 1e-6), "int64[2, 3]"],
  [
    "rope",
    "positions of another shape",
    (g) => la.rope(g.float([B, T, 8]), g.int([T, B]), g.float([5, 2]), g.float([5, 2]), 2),
    "[B, T, 8]",
    "[T, B]",
  ],
  [
    "rope",
    "tables of another width",
    (g) => la.rope(g.float([B, T, 8]), g.int([B, T]), g.float([5, 4]), g.float([5, 4]), 2),
    "[B, T, 8]",
    "[5, 4]",
  ],
  [
    "rope",
    "positions that are no integers",
    (g) => la.rope(g.float([B, T, 8]), g.float([B, T]), g.float([5, 2]), g.float([5, 2]), 2),
    "float32[B, T]",
  ],
  [
    "linearLogprob",
    "widths that differ",
    (g) => la.linearLogprob(g.float([2, 3]), g.float([5, 4]), g.int([2]), 1),
    "[2, 3]",
    "[5, 4]",
  ],
  [
    "linearLogprob",
    "targets of another count",
    (g) => la.linearLogprob(g.float([2, 3]), g.float([5, 3]), g.int([3]), 1),
    "[2, 3]",
    "[3]",
  ],
  ["linearLogprob", "integers", (g) => la.linearLogprob(g.int([2, 3]), g.int([5, 3]), g.int([2]), 1), "int64[2, 3]"],
];

describe("the builder refuses", () => {
  for (const [primitive, what, make, ...texts] of refusals)
    it(`${primitive}: ${what}`, () => {
      const g = graph();
      let error: unknown;
      try {
        make(g);
      } catch (e) {
        error = e;
      }
      expect(error).toBeInstanceOf(GraphError);
      const { message } = error as GraphError;
      expect(message.startsWith(`${primitive}: `), message).toBe(true);
      for (const text of texts) expect(message).toContain(text);
      const made = g.builder.nodes.filter((node) => node.op !== "input" && node.op !== "constant");
      expect(made, "no half-made node stays").toEqual([]);
    });

  const sources = ["input", "stored", "constant", "iota", "size", "full"];
  it("any operator without inputs", () => {
    const params = { axes: [0], axis: 0, permutation: [0], sizes: [1], shape: [1], k: 1, heads: 1, count: 1, depth: 1 };
    const body = new GraphBuilder("main").body("body");
    for (const op of Object.keys(typeRules).filter((p) => !sources.includes(p)) as Primitive[]) {
      const make = () =>
        new GraphBuilder("empty").apply(op, [], {
          ...params,
          body,
          outputTypes: [],
        } as unknown as PrimitiveParams[typeof op]);
      expect(make, op).toThrow(GraphError);
      expect(make, op).toThrow(new RegExp(`^${op}: `));
    }
  });

  it("a second input or output of the same name", () => {
    const { builder } = graph();
    const x = builder.input("x", "float32", []);
    expect(() => builder.input("x", "int64", [])).toThrow(/input: x exists already in test/);
    builder.output("y", x);
    expect(() => builder.output("y", x)).toThrow(/output: y exists already in test/);
  });

  it("a value of a loop body outside it, and of another graph", () => {
    const { builder } = graph();
    const other = new GraphBuilder("other").float(1);
    expect(() => builder.apply("add", [builder.float(1), other], {})).toThrow(/add: reads a value of other from test/);
    let inside: Value | undefined;
    loop("body", builder.int(1), builder.bool(true), [{ initial: builder.float(1) }], (inner, _, [p]) => {
      inside = ew.mul(p!, 2);
      return { goOn: inner.bool(true), carried: [inside] };
    });
    expect(() => builder.apply("neg", [inside!], {})).toThrow(/neg: reads a value of the loop body body from outside/);
  });
});

describe("loops", () => {
  const turn = (g: Made, change: (p: Value, inner: GraphBuilder) => Value, initial: Value = g.builder.float(1)) =>
    loop("body", g.builder.int(1), g.builder.bool(true), [{ initial }], (inner, _, [p]) => ({
      goOn: inner.bool(true),
      carried: [change(p!, inner)],
    }));

  it("give what they carry, in its final shape", () => {
    const g = graph();
    const [same] = turn(g, (p) => ew.mul(p, 2), g.float([B, 3]));
    expect([same!.dtype, shapeText(same!.shape)]).toEqual(["float32", "[B, 3]"]);
    const [grown] = loop(
      "grow",
      g.builder.int(2),
      g.builder.bool(true),
      [{ initial: g.float([B]), shape: [symbol("now")], finalShape: [T] }],
      (inner, _, [p]) => ({ goOn: inner.bool(true), carried: [mv.concat([p!, p!], 0)] }),
    );
    expect(shapeText(grown!.shape)).toBe("[T]");
  });

  it("refuse to change a dtype", () => {
    expect(() => turn(graph(), (p) => ew.cast(p, "int64"))).toThrow(/^loop: carried value 0 changes dtype to int64/);
  });
  it("refuse to change a rank", () => {
    expect(() => turn(graph(), (p) => mv.reshape(p, [1]))).toThrow(/^loop: carried value 0 changes rank to \[1\]/);
  });
  it("refuse to lose what they carry", () => {
    const g = graph();
    const carried = [{ initial: g.builder.float(1) }, { initial: g.builder.float(1) }];
    expect(() =>
      loop("body", g.builder.int(1), g.builder.bool(true), carried, (inner, _, [p]) => ({
        goOn: inner.bool(true),
        carried: [p!],
      })),
    ).toThrow(/^loop: body carries 1 values/);
  });
  it("refuse counts and conditions of other dtypes", () => {
    const g = graph();
    const body = (inner: GraphBuilder) => ({ goOn: inner.bool(true), carried: [] });
    expect(() => loop("body", g.builder.float(1), g.builder.bool(true), [], body)).toThrow(
      /^loop: input 0 must be int64/,
    );
    expect(() => loop("body", g.int([2]), g.builder.bool(true), [], body)).toThrow(/^loop: .*scalar.*int64\[2\]/);
    expect(() => loop("body", g.builder.int(1), g.builder.int(1), [], body)).toThrow(/^loop: input 1 must be bool/);
    expect(() =>
      loop("body", g.builder.int(1), g.builder.bool(true), [], (inner) => ({ goOn: inner.int(1), carried: [] })),
    ).toThrow(/^loop: .*goOn.*int64\[\]/);
  });
});

describe("broadcasting", () => {
  const sides = fc.array(
    fc.record({ size: fc.constantFrom<Shape[number]>(2, 3, B, T), left: fc.boolean(), right: fc.boolean() }),
    { maxLength: 4 },
  );
  it("takes the larger of each axis, whichever side it is on, and missing axes in front", () =>
    fc.assert(
      fc.property(sides, fc.nat(4), (axes, dropped) => {
        const a = axes.map(({ size, left }) => (left ? size : 1));
        const b = axes.map(({ size, right }) => (right ? size : 1)).slice(dropped);
        const expected = axes.map(({ size, left, right }, i) => (left || (right && i >= dropped) ? size : 1));
        for (const shape of [broadcastShapes("add", a, b), broadcastShapes("add", b, a)])
          expect(shapeText(shape)).toBe(shapeText(expected));
      }),
    ));
});

describe("what a builder makes", () => {
  it("one node for equal scalars, but keeps -0 from 0", () => {
    const { builder } = graph();
    expect(builder.float(2)).toBe(builder.float(2));
    expect(builder.float(0)).not.toBe(builder.float(-0));
    expect(builder.float(1).dtype).not.toBe(builder.int(1).dtype);
  });

  it("values that nobody can change, after what they read", () => {
    const { builder, float } = graph();
    const y = ew.mul(ew.add(float([2]), 1), 3);
    expect(Object.isFrozen(y) && Object.isFrozen(y.node)).toBe(true);
    const order = new Map(builder.nodes.map((node, i) => [node, i]));
    for (const node of builder.nodes)
      for (const input of node.inputs) expect(order.get(input.node)!).toBeLessThan(order.get(node)!);
  });

  it("slices that know their length", () => {
    const { float } = graph();
    const x = float([B, 6]);
    expect(shapeText(mv.slice(x, 1, 2).shape)).toBe("[B, 4]");
    expect(shapeText(mv.slice(x, -1, 2, 3).shape)).toBe("[B, 3]");
    expect(dimKey(mv.slice(x, 0, 1).shape[0]!)).toBe("-1+B");
    expect(mv.slice(x, 1, 0)).toBe(x);
    expect(mv.slice(x, 0, 0, B)).toBe(x);
  });

  it("no node where nothing moves", () => {
    const { builder, float } = graph();
    const x = float([B, 6]);
    const before = builder.nodes.length;
    for (const same of [
      mv.reshape(x, [B, 6]),
      mv.expand(x, [B, 6]),
      mv.transpose(x, [0, 1]),
      mv.concat([x], 0),
      rd.sum(x, []),
    ])
      expect(same).toBe(x);
    expect(builder.nodes.length).toBe(before);
  });

  it("movements with the right shapes", () => {
    const { float } = graph();
    const x = float([B, 2, 3]);
    const shapes = {
      transposed: mv.transpose(x, [2, 0, 1]),
      unsqueezed: mv.unsqueeze(x, -1),
      flattened: mv.flatten(x, 0, 2),
      padded: mv.padEnd(x, -1, 2),
      doubled: mv.concat([x, x], 0),
      summed: rd.sum(x, [-1, 0], true),
      gathered: ix.gather(x, builderOf(x).int([0, 1, 1]), 2),
      stacked: la.matmul(x, float([4, 3]), { transposeB: true }),
    };
    expect(Object.fromEntries(Object.entries(shapes).map(([name, v]) => [name, shapeText(v.shape)]))).toEqual({
      transposed: "[3, B, 2]",
      unsqueezed: "[B, 2, 3, 1]",
      flattened: "[2*B, 3]",
      padded: "[B, 2, 5]",
      doubled: "[2*B, 2, 3]",
      summed: "[1, 2, 1]",
      gathered: "[B, 2, 3]",
      stacked: "[B, 2, 4]",
    });
    expect(shapeEquals(mv.split(x, 2, [1, 2])[1]!.shape, [B, 2, 2])).toBe(true);
  });
});
