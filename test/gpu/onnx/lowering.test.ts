/** What the operators without a gradient check compute, against plain JavaScript. */
import { describe, expect, it } from "vitest";
import { gradientRules } from "../../../gpu/autodiff/gradient-rules.ts";
import { GraphBuilder } from "../../../gpu/graph/builder.ts";
import { addDims, multiplyDims, symbol } from "../../../gpu/graph/dim.ts";
import type { Value } from "../../../gpu/graph/node.ts";
import { loop } from "../../../gpu/graph/ops/control.ts";
import * as ew from "../../../gpu/graph/ops/elementwise.ts";
import * as ix from "../../../gpu/graph/ops/indexing.ts";
import * as mv from "../../../gpu/graph/ops/movement.ts";
import * as rd from "../../../gpu/graph/ops/reduction.ts";
import type { Primitive } from "../../../gpu/graph/primitives.ts";
import { webgpuLowerings } from "../../../gpu/onnx/webgpu-lowering.ts";
import { float32 } from "../../../gpu/runtime/tensor.ts";
import { runGraph } from "../../support/run-graph.ts";
import { testDevice } from "../../support/test-device.ts";

interface LoweringCase {
  /** x is [2, 3] of `x` below. */
  readonly build: (x: Value, builder: GraphBuilder) => Value;
  readonly expected: readonly (number | boolean)[];
  readonly shape: readonly number[];
}

const x = [3, -1, 3, 0.5, Number.NaN, Number.NEGATIVE_INFINITY];
const clean = (v: Value) => mv.slice(v, 0, 0, 1); // [1, 3]: 3, -1, 3
const row = (values: readonly (number | boolean)[]) => ({ expected: values, shape: [1, values.length] });
const list = (values: readonly (number | boolean)[]) => ({ expected: values, shape: [values.length] });

/** Every primitive whose gradient is "zero" or "forbidden"; the last test of this file sees to it. */
const cases: Partial<Record<Primitive, Record<string, LoweringCase>>> = {
  input: { itself: { build: (v) => clean(v), ...row([3, -1, 3]) } },
  constant: {
    float: { build: (_, b) => b.float([1.5, -0]), ...list([1.5, -0]) },
    int: { build: (_, b) => b.int([2 ** 40, -1]), ...list([2 ** 40, -1]) },
    bool: { build: (_, b) => b.bool(true), expected: [true], shape: [] },
  },
  iota: { five: { build: (_, b) => b.iota(5), ...list([0, 1, 2, 3, 4]) } },
  size: {
    number: { build: (_, b) => mv.reshape(b.size(7), [1]), ...list([7]) },
    ofAnAxis: {
      build: (v, b) => {
        const found = ix.nonZero(ew.equal(mv.reshape(clean(v), [3]), 3), symbol("found")); // two of them
        return ew.add(found, b.size(addDims(multiplyDims(found.shape[0]!, 10), 1)));
      },
      ...list([21, 23]),
    },
  },
  full: {
    float: { build: (_, b) => b.full(0.25, "float32", [2]), ...list([0.25, 0.25]) },
    int64: { build: (_, b) => b.full(7, "int64", [2]), ...list([7, 7]) },
    int32: { build: (_, b) => b.full(7, "int32", [2]), ...list([7, 7]) },
    bool: { build: (_, b) => b.full(1, "bool", [2]), ...list([true, true]) },
  },
  equal: {
    float: { build: (v) => ew.equal(clean(v), 3), ...row([true, false, true]) },
    int: { build: (_, b) => ew.equal(b.int([1, 2]), 2), ...list([false, true]) },
  },
  less: { strict: { build: (v) => ew.less(clean(v), 3), ...row([false, true, false]) } },
  lessOrEqual: { loose: { build: (v) => ew.lessOrEqual(clean(v), 3), ...row([true, true, true]) } },
  and: { both: { build: (v) => ew.and(ew.less(clean(v), 4), ew.less(clean(v), 0)), ...row([false, true, false]) } },
  or: { either: { build: (v) => ew.or(ew.less(clean(v), 0), ew.equal(clean(v), 3)), ...row([true, true, true]) } },
  not: { flips: { build: (v) => ew.not(ew.less(clean(v), 0)), ...row([true, false, true]) } },
  cast: {
    boolToFloat: { build: (v) => ew.cast(ew.less(clean(v), 0), "float32"), ...row([0, 1, 0]) },
    floatToInt: { build: (_, b) => ew.cast(b.float([2.9, -2.9]), "int64"), ...list([2, -2]) },
    intToFloat: { build: (_, b) => ew.cast(b.int([5]), "float32"), ...list([5]) },
  },
  isFinite: {
    all: { build: (v) => ew.finite(v), expected: [true, true, true, true, false, false], shape: [2, 3] },
  },
  stopGradient: { itself: { build: (v) => ew.stopGradient(clean(v)), ...row([3, -1, 3]) } },
  reduceMax: { kept: { build: (v) => rd.reduceMax(clean(v), [1], true), ...row([3]) } },
  reduceMin: { dropped: { build: (v) => rd.reduceMin(clean(v), [1]), ...list([-1]) } },
  argMax: { firstOfEquals: { build: (v) => rd.argMax(clean(v)), ...list([0]) } },
  cumsum: {
    inclusive: { build: (v) => rd.cumsum(clean(v), -1), ...row([3, 2, 5]) },
    exclusive: { build: (v) => rd.cumsum(clean(v), 1, true), ...row([0, 3, 2]) },
    ints: { build: (_, b) => rd.cumsum(b.int([1, 2, 3]), 0), ...list([1, 3, 6]) },
  },
  gather: {
    rows: {
      build: (_, b) => ix.gather(b.float([1, 2, 3, 4], [2, 2]), b.int([1, 1, 0])),
      expected: [3, 4, 3, 4, 1, 2],
      shape: [3, 2],
    },
    columns: {
      build: (_, b) => ix.gather(b.float([1, 2, 3, 4], [2, 2]), b.int([1]), 1),
      expected: [2, 4],
      shape: [2, 1],
    },
  },
  oneHot: {
    three: { build: (_, b) => ix.oneHot(b.int([2, 0]), 3), expected: [0, 0, 1, 1, 0, 0], shape: [2, 3] },
  },
  scatterRows: {
    replaces: {
      build: (_, b) =>
        ix.scatterRows(b.float([1, 2, 3, 4, 5, 6], [3, 2]), b.int([2, 0], [2, 1]), b.float([7, 8, 9, 10], [2, 2])),
      expected: [9, 10, 3, 4, 7, 8],
      shape: [3, 2],
    },
  },
  scatterElements: {
    onePerRow: {
      build: (_, b) =>
        ix.scatterElements(b.float([1, 2, 3, 4, 5, 6], [2, 3]), b.int([2, 0], [2, 1]), b.float([7, 8], [2, 1])),
      expected: [1, 2, 7, 8, 5, 6],
      shape: [2, 3],
    },
  },
  topK: {
    all: {
      build: (v) => {
        const found = ix.nonZero(ew.equal(mv.reshape(clean(v), [3]), 3), symbol("found")); // 0, 2
        return ix.topK(found, found.shape[0]!).values;
      },
      ...list([2, 0]),
    },
    values: { build: (_, b) => ix.topK(b.float([1, 9, 4], [1, 3]), 2).values, ...row([9, 4]) },
    indices: { build: (_, b) => ix.topK(b.float([1, 9, 4], [1, 3]), 2).indices, ...row([1, 2]) },
  },
  nonZero: {
    positions: { build: (v) => ix.nonZero(ew.equal(mv.reshape(clean(v), [3]), 3), symbol("count")), ...list([0, 2]) },
  },
  loop: {
    // 1, 1, 2, 3, 5, 8, ...: both values change at once
    fibonacci: {
      build: (_, b) => {
        const [a] = loop(
          "fibonacci",
          b.int(9),
          b.bool(true),
          [{ initial: b.float(1) }, { initial: b.float(1) }],
          (inner, __, [p, q]) => ({
            goOn: inner.bool(true),
            carried: [q!, ew.add(p!, q!)],
          }),
        );
        return mv.reshape(a!, [1]);
      },
      ...list([55]),
    },
    // doubles until it is past 100, by its own condition
    stopsItself: {
      build: (_, b) => {
        const [a] = loop("until", b.int(1000), b.bool(true), [{ initial: b.float(3) }], (__, ___, [p]) => {
          const next = ew.mul(p!, 2);
          return { goOn: ew.less(next, 100), carried: [next] };
        });
        return mv.reshape(a!, [1]);
      },
      ...list([192]),
    },
    noTurnAtAll: {
      build: (_, b) => {
        const [a] = loop("never", b.int(5), b.bool(false), [{ initial: b.float(3) }], (inner, __, [p]) => ({
          goOn: inner.bool(true),
          carried: [ew.mul(p!, 2)],
        }));
        return mv.reshape(a!, [1]);
      },
      ...list([3]),
    },
    // reads a value of the graph around it and the number of the turn; the carried list grows
    growsAndReadsOutside: {
      build: (v, b) => {
        const scale = rd.reduceMax(clean(v)); // 3
        const [grown] = loop(
          "grow",
          b.int(3),
          b.bool(true),
          [{ initial: b.float([10]), shape: [symbol("n")], finalShape: [symbol("m")] }],
          (inner, turn, [so]) => ({
            goOn: inner.bool(true),
            carried: [mv.concat([so!, mv.reshape(ew.mul(ew.cast(turn, "float32"), scale), [1])], 0)],
          }),
        );
        return grown!;
      },
      ...list([10, 0, 3, 6]),
    },
    loopInLoop: {
      build: (_, b) => {
        const [total] = loop("outer", b.int(3), b.bool(true), [{ initial: b.float(0) }], (inner, turn, [sum]) => {
          const [more] = loop(
            "inner",
            ew.add(turn, 1),
            inner.bool(true),
            [{ initial: sum! }],
            (innermost, __, [s]) => ({
              goOn: innermost.bool(true),
              carried: [ew.add(s!, ew.cast(turn, "float32"))],
            }),
          );
          return { goOn: inner.bool(true), carried: [more!] };
        });
        return mv.reshape(total!, [1]);
      },
      ...list([0 * 1 + 1 * 2 + 2 * 3]),
    },
  },
};

/** What the test device's column of the table refuses. */
const refused = new Set(
  testDevice.traits.lowerings === "webgpu"
    ? Object.entries(webgpuLowerings).flatMap(([name, lowering]) => (lowering === "refused" ? [name] : []))
    : [],
);

describe("lowerings against plain JavaScript", () => {
  for (const [primitive, variants] of Object.entries(cases))
    for (const [name, { build, expected, shape }] of Object.entries(variants))
      it(`${primitive}: ${name}`, async () => {
        const builder = new GraphBuilder("lowering");
        const value = build(builder.input("x", "float32", [2, 3]), builder);
        builder.output("y", value);
        if (refused.has(primitive)) {
          await expect(runGraph(builder, {})).rejects.toThrow(`${primitive}: webgpu has no kernel for it`);
          return;
        }
        const { y } = await runGraph(builder, { x: float32(Float32Array.from(x), [2, 3]) });
        expect(y!.shape).toEqual(shape);
        expect(y!.dtype).toBe(value.dtype);
        expect(Array.from(y!.data, Number)).toEqual(expected.map(Number));
      });

  it("covers every primitive that has no gradient rule of its own", () => {
    const without = Object.entries(gradientRules).flatMap(([name, rule]) => (typeof rule === "string" ? [name] : []));
    const withFiles = ["stored"]; // test/gpu/engine/mapped-weights.test.ts
    expect([...Object.keys(cases), ...withFiles].sort()).toEqual(without.sort());
  });
});
