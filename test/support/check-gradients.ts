/**
 * Numeric check of a gradient in a random direction, after JAX's check_grads: for y = f(x) and random u (tangent) and
 * w (cotangent), <grad of <w, f(x)>, u> must equal <w, (f(x + h u) - f(x - h u)) / 2h>.
 */
import { expect } from "vitest";
import { gradients } from "../../gpu/autodiff/backward.ts";
import { GraphBuilder } from "../../gpu/graph/builder.ts";
import type { Value } from "../../gpu/graph/node.ts";
import { mul } from "../../gpu/graph/ops/elementwise.ts";
import { sum } from "../../gpu/graph/ops/reduction.ts";
import { float32, type HostTensor } from "../../gpu/runtime/tensor.ts";
import { pseudoRandom } from "./pseudo-random.ts";
import { openTestSession } from "./test-device.ts";

export interface GradientCase {
  /** Shapes of the float inputs that are differentiated. */
  readonly shapes: readonly (readonly number[])[];
  /** Moves the random input in [-1, 1) into the domain of the operation. */
  readonly domain?: (x: number, input: number) => number;
  readonly build: (builder: GraphBuilder, inputs: readonly Value[]) => Value;
  readonly step?: number;
}

const dot = (a: Float32Array, b: Float32Array) => a.reduce((total, x, i) => total + x * b[i]!, 0);

export async function checkGradients(
  { shapes, domain = (x) => x, build, step = 1e-2 }: GradientCase,
  tolerance = 2e-3,
) {
  const builder = new GraphBuilder("check");
  const inputs = shapes.map((shape, i) => builder.input(`x${i}`, "float32", shape));
  const y = build(builder, inputs);
  const size = (shape: readonly unknown[]) => (shape as number[]).reduce((a, b) => a * b, 1);
  const w = pseudoRandom(size(y.shape), 77);
  const weights = builder.float(w, y.shape as number[]);
  const loss = sum(mul(y, weights));
  builder.output("y", y);
  for (const [i, gradient] of gradients(loss, inputs).entries()) builder.output(`g${i}`, gradient);

  const session = await openTestSession(builder);
  try {
    const points = shapes.map((shape, i) => pseudoRandom(size(shape), i + 1).map((x) => domain(x, i)));
    const tangents = shapes.map((shape, i) => pseudoRandom(size(shape), i + 31));
    const at = (h: number) =>
      session.run(
        Object.fromEntries(
          shapes.map((shape, i): [string, HostTensor] => [
            `x${i}`,
            float32(
              points[i]!.map((x, j) => x + h * tangents[i]![j]!),
              shape,
            ),
          ]),
        ),
      );
    const [here, plus, minus] = [await at(0), await at(step), await at(-step)];
    const analytic = shapes.reduce((total, _, i) => total + dot(here[`g${i}`]!.data as Float32Array, tangents[i]!), 0);
    const yPlus = plus.y!.data as Float32Array;
    const yMinus = minus.y!.data as Float32Array;
    const numeric = dot(
      w,
      yPlus.map((v, i) => (v - yMinus[i]!) / (2 * step)),
    );
    expect(here.g0!.shape).toEqual(shapes[0]);
    expect(Math.abs(analytic - numeric), `analytic ${analytic}, numeric ${numeric}`).toBeLessThan(
      tolerance * Math.max(1, Math.abs(numeric)),
    );
    expect(Math.abs(numeric), "the check must see a slope").toBeGreaterThan(1e-3);
  } finally {
    await session.close();
  }
}
