import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { GraphBuilder } from "../../../gpu/graph/builder.ts";
import { symbol } from "../../../gpu/graph/dim.ts";
import { clipByGlobalNorm } from "../../../gpu/optim/clip-by-global-norm.ts";
import type { Session } from "../../../gpu/runtime/session.ts";
import { float32 } from "../../../gpu/runtime/tensor.ts";
import { expectClose } from "../../support/expect-close.ts";
import { goldenAdamW } from "../../support/golden-adamw.ts";
import { onCpu, openTestSession } from "../../support/test-device.ts";

describe("clipByGlobalNorm", () => {
  let session: Session;
  beforeAll(async () => {
    const builder = new GraphBuilder("clip");
    const gradient = builder.input("gradient", "float32", [symbol("P")]);
    const clipped = clipByGlobalNorm(gradient, builder.input("maxNorm", "float32", []));
    builder.output("clipped", clipped.gradient);
    builder.output("norm", clipped.norm);
    session = await openTestSession(builder);
  });
  afterAll(() => session.close());

  const clip = async (gradient: readonly number[], maxNorm: number) => {
    const result = await session.run({
      gradient: float32(Float32Array.from(gradient), [gradient.length]),
      maxNorm: float32(Float32Array.of(maxNorm), []),
    });
    return { clipped: Array.from(result.clipped!.data, Number), norm: Number(result.norm!.data[0]) };
  };

  for (const { gradient, maxNorm, clipped, norm } of goldenAdamW.clipping)
    it(`does to [${gradient}] at ${maxNorm} what clip_grad_norm_ does`, async () => {
      const result = await clip(gradient, maxNorm);
      expectClose([result.norm], [norm], 1e-6, "the norm");
      expectClose(result.clipped, clipped, 1e-6, "the gradient");
    });

  const vector = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 1, maxLength: 20 });
  const fixed = { seed: 20261123, numRuns: 60 };
  it("never exceeds the norm and keeps the direction", () =>
    fc.assert(
      fc.asyncProperty(vector, fc.double({ min: 0.01, max: 50, noNaN: true }), async (gradient, maxNorm) => {
        const norm = Math.hypot(...gradient);
        const result = await clip(gradient, maxNorm);
        expect(Math.hypot(...result.clipped)).toBeLessThanOrEqual(Math.min(norm, maxNorm) * (1 + 1e-5) + 1e-30);
        const factor = Math.min(1, maxNorm / (norm + 1e-6));
        const scaled = gradient.map((g) => g * factor);
        expectClose(result.clipped, scaled, 1e-5, "the gradient", 1e-6);
      }),
      fixed,
    ));

  it("is off at 0 and below", () =>
    fc.assert(
      fc.asyncProperty(vector, fc.constantFrom(0, -1), async (gradient, maxNorm) => {
        // GPUs may take a subnormal number for zero
        const normal = gradient.map((g) => (onCpu || Math.abs(g) > 1.2e-38 ? Math.fround(g) : 0));
        expect((await clip(normal, maxNorm)).clipped).toEqual(normal);
      }),
      fixed,
    ));
});
