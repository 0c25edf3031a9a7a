import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sumRowsById } from "../../../gpu/autodiff/sum-rows-by-id.ts";
import { GraphBuilder } from "../../../gpu/graph/builder.ts";
import { symbol } from "../../../gpu/graph/dim.ts";
import { writeModel } from "../../../gpu/onnx/model-writer.ts";
import { Session } from "../../../gpu/runtime/session.ts";
import { float32, int64 } from "../../../gpu/runtime/tensor.ts";

const D = 2;

/** Whole numbers, so that no order of adding changes a sum. */
function expected(rows: readonly number[], ids: readonly number[], V: number): number[] {
  const table = new Array<number>(V * D).fill(0);
  for (const [n, id] of ids.entries()) for (let d = 0; d < D; d++) table[id * D + d]! += rows[n * D + d]!;
  return table;
}

describe("sumRowsById", () => {
  for (const [name, V] of [
    ["a small table", 8],
    ["a large table", 600],
  ] as const)
    it(`adds up rows of equal id: ${name}`, async () => {
      const builder = new GraphBuilder("sum");
      const N = symbol("N");
      builder.output("y", sumRowsById(builder.input("rows", "float32", [N, D]), builder.input("ids", "int64", [N]), V));
      const session = await Session.open(writeModel(builder), { threads: 2 });
      try {
        // few different ids make long runs, many make none
        const id = fc.oneof(fc.integer({ min: 0, max: V - 1 }), fc.constantFrom(0, V - 1));
        const batch = fc.array(
          fc.record({ id, row: fc.array(fc.integer({ min: -99, max: 99 }), { minLength: D, maxLength: D }) }),
          {
            minLength: 1,
            maxLength: 70,
          },
        );
        await fc.assert(
          fc.asyncProperty(batch, async (items) => {
            const ids = items.map((item) => item.id);
            const rows = items.flatMap((item) => item.row);
            const { y } = await session.run({
              rows: float32(Float32Array.from(rows), [ids.length, D]),
              ids: int64(BigInt64Array.from(ids, BigInt), [ids.length]),
            });
            expect(y!.shape).toEqual([V, D]);
            expect([...(y!.data as Float32Array)]).toEqual(expected(rows, ids, V));
          }),
          { numRuns: 150 },
        );
      } finally {
        await session.close();
      }
    });
});
