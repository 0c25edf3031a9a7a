import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { unbroadcast } from "../../../gpu/autodiff/unbroadcast.ts";
import { GraphBuilder } from "../../../gpu/graph/builder.ts";
import { shapeText, symbol } from "../../../gpu/graph/dim.ts";
import { float32 } from "../../../gpu/runtime/tensor.ts";
import { expectClose } from "../../support/expect-close.ts";
import { pseudoRandom } from "../../support/pseudo-random.ts";
import { runGraph } from "../../support/run-graph.ts";

/** A shape, and one it broadcasts to. */
const shapes = fc
  .array(fc.record({ size: fc.integer({ min: 1, max: 4 }), grows: fc.boolean() }), { maxLength: 4 })
  .chain((axes) =>
    fc.nat(axes.length).map((missing) => ({
      small: axes.slice(missing).map(({ size, grows }) => (grows ? 1 : size)),
      large: axes.map(({ size }) => size),
    })),
  );

/** For each element of `large`, the element of `small` that was broadcast to it. */
function sources(small: readonly number[], large: readonly number[]): number[] {
  const total = large.reduce((a, b) => a * b, 1);
  return Array.from({ length: total }, (_, flat) => {
    let rest = flat;
    let index = 0;
    let stride = 1;
    for (let axis = large.length - 1; axis >= 0; axis--) {
      const at = rest % large[axis]!;
      rest = Math.floor(rest / large[axis]!);
      const size = small[axis - (large.length - small.length)];
      if (size === undefined) continue;
      index += (size === 1 ? 0 : at) * stride;
      stride *= size;
    }
    return index;
  });
}

describe("unbroadcast", () => {
  it("sums exactly what broadcasting copied", () =>
    fc.assert(
      fc.asyncProperty(shapes, async ({ small, large }) => {
        const builder = new GraphBuilder("unbroadcast");
        const gradient = builder.input("g", "float32", large);
        builder.output("y", unbroadcast(gradient, small));
        const from = sources(small, large);
        const data = pseudoRandom(from.length, 9);
        const { y } = await runGraph(builder, { g: float32(data, large) });
        const expected = new Float64Array(small.reduce((a, b) => a * b, 1));
        for (const [i, source] of from.entries()) expected[source]! += data[i]!;
        expect(y!.shape).toEqual(small);
        expectClose(y!.data as Float32Array, expected, 1e-6, "the sums", 1);
      }),
      { seed: 20261123, numRuns: 60 },
    ));

  it("makes nothing where nothing was broadcast", () => {
    const builder = new GraphBuilder("same");
    const g = builder.input("g", "float32", [symbol("B"), 3]);
    expect(unbroadcast(g, [symbol("B"), 3])).toBe(g);
  });

  it("keeps symbols and sums symbolic axes", () => {
    const builder = new GraphBuilder("symbols");
    const [B, T] = [symbol("B"), symbol("T")];
    const g = builder.input("g", "float32", [B, T, 3]);
    for (const shape of [[T, 3], [B, 1, 3], [1, T, 1], [3], [1], []])
      expect(shapeText(unbroadcast(g, shape).shape)).toBe(shapeText(shape));
  });
});
