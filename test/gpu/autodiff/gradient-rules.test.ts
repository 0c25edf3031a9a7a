import { describe, expect, it } from "vitest";
import { gradientRules } from "../../../gpu/autodiff/gradient-rules.ts";
import type { GraphBuilder } from "../../../gpu/graph/builder.ts";
import type { Value } from "../../../gpu/graph/node.ts";
import * as control from "../../../gpu/graph/ops/control.ts";
import * as ew from "../../../gpu/graph/ops/elementwise.ts";
import * as ix from "../../../gpu/graph/ops/indexing.ts";
import * as la from "../../../gpu/graph/ops/linalg.ts";
import * as mv from "../../../gpu/graph/ops/movement.ts";
import * as rd from "../../../gpu/graph/ops/reduction.ts";
import type { Primitive } from "../../../gpu/graph/primitives.ts";
import { checkGradients, type GradientCase } from "../../support/check-gradients.ts";
import { onCpu } from "../../support/test-device.ts";

const pair = (build: (a: Value, b: Value) => Value, domain?: GradientCase["domain"]): GradientCase => ({
  shapes: [[3, 4], [4]],
  build: (_, [a, b]) => build(a!, b!),
  ...(domain ? { domain } : {}),
});
const one = (build: (x: Value) => Value, domain?: GradientCase["domain"]): GradientCase => ({
  shapes: [[3, 4]],
  build: (_, [x]) => build(x!),
  ...(domain ? { domain } : {}),
});
const positive = (x: number) => 1.5 + x;
/** Away from where max and min change sides. */
const apart = (x: number, i: number) => Math.round(2 * x) / 2 + (i === 0 ? 0 : 0.25);
const ids = (b: GraphBuilder, values: number[], shape: number[]) => b.int(values, shape);

/** Every rule that is a function needs a case; the last test of this file sees to it. */
const cases: Partial<Record<Primitive, Record<string, GradientCase>>> = {
  add: { broadcast: pair(ew.add) },
  sub: { broadcast: pair(ew.sub) },
  mul: { broadcast: pair(ew.mul) },
  div: { broadcast: pair(ew.div, (x, i) => (i === 1 ? 1.5 + x : x)) },
  max: { broadcast: pair(ew.max, apart) },
  min: { broadcast: pair(ew.min, apart) },
  neg: { plain: one(ew.neg) },
  exp: { plain: one(ew.exp) },
  log: { plain: one(ew.log, positive) },
  sqrt: { plain: one(ew.sqrt, positive) },
  abs: { plain: one(ew.abs, (x) => Math.sign(x) * (0.2 + Math.abs(x))) },
  sigmoid: { plain: one(ew.sigmoid) },
  silu: { plain: one(ew.silu, (x) => 3 * x) },
  where: { broadcast: pair((a, b) => ew.where(ew.less(ew.stopGradient(a), 0.3), a, b)) },
  reshape: { plain: one((x) => mv.reshape(x, [2, 6])) },
  transpose: { rank3: { shapes: [[2, 3, 4]], build: (_, [x]) => mv.transpose(x!, [2, 0, 1]) } },
  expand: { grow: { shapes: [[3, 1]], build: (_, [x]) => mv.expand(x!, [2, 3, 4]) } },
  concat: {
    two: {
      shapes: [
        [2, 3],
        [2, 4],
      ],
      build: (_, [a, b]) => mv.concat([a!, b!], 1),
    },
  },
  slice: { middle: one((x) => mv.slice(x, 1, 1, 2)), start: one((x) => mv.slice(x, 0, 0, 2)) },
  split: {
    allUsed: one((x) => {
      const [a, b] = mv.split(x, 1, [1, 3]);
      return ew.mul(a!, b!);
    }),
    oneUnused: one((x) => ew.exp(mv.split(x, 1, [1, 3])[1]!)),
  },
  sum: { axis: one((x) => rd.sum(x, [0])), kept: one((x) => ew.mul(rd.sum(x, [1], true), x)) },
  softmax: { plain: one((x) => rd.softmax(ew.mul(x, 2))) },
  logSoftmax: { plain: one((x) => rd.logSoftmax(ew.mul(x, 2))) },
  matmul: {
    plain: {
      shapes: [
        [3, 4],
        [4, 5],
      ],
      build: (_, [a, b]) => la.matmul(a!, b!),
    },
    transposedB: {
      shapes: [
        [3, 4],
        [5, 4],
      ],
      build: (_, [a, b]) => la.matmul(a!, b!, { transposeB: true, alpha: 0.5 }),
    },
    transposedA: {
      shapes: [
        [4, 3],
        [4, 5],
      ],
      build: (_, [a, b]) => la.matmul(a!, b!, { transposeA: true }),
    },
    bothTransposed: {
      shapes: [
        [4, 3],
        [5, 4],
      ],
      build: (_, [a, b]) => la.matmul(a!, b!, { transposeA: true, transposeB: true }),
    },
    batched: {
      shapes: [
        [2, 3, 4],
        [2, 5, 4],
      ],
      build: (_, [a, b]) => la.matmul(a!, b!, { transposeB: true, alpha: 0.5 }),
    },
    broadcastBatch: {
      shapes: [
        [2, 3, 4],
        [4, 5],
      ],
      build: (_, [a, b]) => la.matmul(a!, b!),
    },
  },
  gatherElements: {
    onePerRow: { shapes: [[3, 4]], build: (b, [x]) => ix.gatherElements(ew.exp(x!), ids(b, [2, 0, 2], [3, 1]), 1) },
  },
  embedding: {
    repeatedIds: {
      shapes: [[5, 3]],
      build: (b, [table]) => ix.embedding(ew.exp(table!), ids(b, [1, 1, 4, 0], [2, 2])),
    },
    largeTable: {
      shapes: [[700, 3]],
      build: (b, [table]) => ix.embedding(ew.exp(table!), ids(b, [699, 3, 699, 0, 3, 699], [2, 3])),
    },
  },
  takeRows: {
    subset: {
      shapes: [[4, 3]],
      build: (b, [x]) => ix.takeRows(ew.exp(x!), ids(b, [3, 1], [2]), ids(b, [2, 1, 2, 0], [4])),
    },
  },
  rmsNorm: {
    rank2: { shapes: [[3, 4], [4]], build: (_, [x, g]) => la.rmsNorm(x!, g!, 1e-6), domain: (x) => x + 1.2 },
    rank4: { shapes: [[2, 3, 2, 4], [4]], build: (_, [x, g]) => la.rmsNorm(x!, g!, 1e-6), domain: (x) => x + 1.2 },
  },
  linearLogprob: {
    temperature: {
      shapes: [
        [3, 4],
        [6, 4],
      ],
      build: (b, [h, w]) => la.linearLogprob(h!, w!, ids(b, [5, 0, 5], [3]), 1 / 0.7).logprobs,
    },
  },
  after: {
    twoThings: {
      shapes: [[3, 4]],
      build: (_, [x]) => ew.mul(x!, control.after(ew.exp(x!), [ew.neg(x!), rd.sum(x!, [0])])),
    },
  },
  withGradient: {
    // the caller's derivative is used, and not that of the nodes that made the value
    ownDerivative: {
      shapes: [[3, 4], [4]],
      build: (_, [a, b]) => {
        const hidden = ew.stopGradient(ew.mul(a!, b!));
        return control.withGradient(hidden, [a!, b!], (dy) => [ew.mul(dy, b!), ew.mul(dy, a!)]);
      },
    },
  },
  rope: {
    twoHeads: {
      shapes: [[2, 3, 8]],
      build: (b, [x]) => {
        const angles = Float32Array.from({ length: 10 }, (_, i) => i * 0.7);
        const cos = b.float(angles.map(Math.cos), [5, 2]);
        const sin = b.float(angles.map(Math.sin), [5, 2]);
        return la.rope(x!, ids(b, [0, 1, 2, 2, 3, 4], [2, 3]), cos, sin, 2);
      },
    },
  },
};

/** Other devices refuse what these are made of, see gpu/onnx/webgpu-lowering.ts. */
const cpuOnly = new Set(["embedding: largeTable", "after: twoThings"]);

describe("gradient rules against central differences", () => {
  for (const [primitive, variants] of Object.entries(cases))
    for (const [name, gradientCase] of Object.entries(variants))
      it.skipIf(!onCpu && cpuOnly.has(`${primitive}: ${name}`))(`${primitive}: ${name}`, () =>
        checkGradients(gradientCase),
      );

  it("covers every rule of the table", () => {
    const rules = Object.entries(gradientRules).flatMap(([name, rule]) => (typeof rule === "function" ? [name] : []));
    expect(Object.keys(cases).sort()).toEqual(rules.sort());
  });
});
