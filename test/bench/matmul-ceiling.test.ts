import { describe, expect, it } from "vitest";
import { type ProductShape, productChain, productFlops } from "../../bench/speed/matmul-ceiling.ts";
import { writeModel } from "../../gpu/onnx/model-writer.ts";
import { Session } from "../../gpu/runtime/session.ts";
import { float32 } from "../../gpu/runtime/tensor.ts";

const shape: ProductShape = { name: "tiny", rows: 2, inner: 2, outer: 3, pairs: 2, weights: "fed" };
const up = Float32Array.of(1, 2, 3, 4, 5, 6); // [2, 3]
const down = Float32Array.of(1, 0, 0, 1, 1, 1); // [3, 2]

describe("the chain of products", () => {
  it.each(["fed", "stored"] as const)("is really computed, with %s weights", async (weights) => {
    const session = await Session.open(writeModel(productChain({ ...shape, weights }, up, down)), { threads: 1 });
    const fed = { up: float32(up, [2, 3]), down: float32(down, [3, 2]) };
    const x = float32(Float32Array.of(1, 0, 0, 1), [2, 2]);
    const { corner } = await session.run({ x, ...(weights === "fed" ? fed : {}) });
    await session.close();
    // up down = [[4, 5], [10, 11]]; squared, its corner is 4 * 4 + 5 * 10.
    expect([...(corner!.data as Float32Array)]).toEqual([66]);
  });

  it("counts 2 FLOPs per multiplied pair in each of its 2 x pairs products", () => {
    expect(productFlops(shape)).toBe(2 * 2 * 2 * 3 * 4);
  });
});
