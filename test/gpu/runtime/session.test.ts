import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { GraphBuilder } from "../../../gpu/graph/builder.ts";
import { symbol } from "../../../gpu/graph/dim.ts";
import * as ew from "../../../gpu/graph/ops/elementwise.ts";
import { matmul } from "../../../gpu/graph/ops/linalg.ts";
import { writeModel } from "../../../gpu/onnx/model-writer.ts";
import { liveSessions, Session } from "../../../gpu/runtime/session.ts";
import { float32, int64 } from "../../../gpu/runtime/tensor.ts";

/** y = 2 x [N], text = "is x finite?", count = n + 1 */
function model(): Uint8Array {
  const builder = new GraphBuilder("session");
  const x = builder.input("x", "float32", [symbol("N")]);
  const n = builder.input("n", "int64", []);
  builder.output("y", ew.mul(x, 2));
  builder.output("finite", ew.finite(x));
  builder.output("count", ew.add(n, 1));
  return writeModel(builder);
}
const x = float32(Float32Array.of(1, Number.NaN), [2]);
const n = int64(BigInt64Array.of(41n), []);

describe("Session", () => {
  it("gives outputs with their dtype, shape and data, all or those asked for", async () => {
    const session = await Session.open(model(), { threads: 1 });
    try {
      expect(session.inputNames).toEqual(["x", "n"]);
      const all = await session.run({ x, n });
      expect(all.y).toEqual({ dtype: "float32", shape: [2], data: Float32Array.of(2, Number.NaN) });
      expect(all.finite).toEqual({ dtype: "bool", shape: [2], data: Uint8Array.of(1, 0) });
      expect(all.count).toEqual({ dtype: "int64", shape: [], data: BigInt64Array.of(42n) });
      expect(Object.keys(await session.run({ x, n }, ["count"]))).toEqual(["count"]);
    } finally {
      await session.close();
    }
  });

  it("gives fresh outputs: a later run does not change an earlier result", async () => {
    const session = await Session.open(model(), { threads: 1 });
    try {
      const first = await session.run({ x: float32(Float32Array.of(1, 2), [2]), n });
      await session.run({ x: float32(Float32Array.of(30, 40), [2]), n });
      expect([...first.y!.data]).toEqual([2, 4]);
    } finally {
      await session.close();
    }
  });

  it("refuses inputs that are missing, of another dtype, rank or size, and unknown outputs, and works on", async () => {
    const session = await Session.open(model(), { threads: 1 });
    try {
      await expect(session.run({ x })).rejects.toThrow(/n/);
      await expect(session.run({ x, n: float32(Float32Array.of(1), []) })).rejects.toThrow(/type/i);
      await expect(session.run({ x: float32(Float32Array.of(1, 2), [2, 1]), n })).rejects.toThrow(/rank|dim/i);
      await expect(session.run({ x: float32(Float32Array.of(1, 2), [3]), n })).rejects.toThrow(/3/);
      await expect(session.run({ x, n }, ["nothing"])).rejects.toThrow(/nothing/);
      expect([...(await session.run({ x, n })).count!.data]).toEqual([42n]);
    } finally {
      await session.close();
    }
  });

  it("leaves none open: after work, after errors, after a model that cannot be read, closed twice", async () => {
    const before = liveSessions();
    const sessions = [await Session.open(model(), { threads: 1 }), await Session.open(model(), { threads: 2 })];
    expect(liveSessions()).toBe(before + 2);
    await expect(Session.open(Uint8Array.of(1, 2, 3), { threads: 1 })).rejects.toThrow();
    expect(liveSessions()).toBe(before + 2);
    await expect(sessions[0]!.run({ x })).rejects.toThrow();
    for (const session of sessions) await session.close();
    expect(liveSessions()).toBe(before);
    for (const session of sessions) await session.close();
    expect(liveSessions()).toBe(before);
  });

  it("takes no processor between runs, where another session may want it", async () => {
    const builder = new GraphBuilder("products");
    let y = builder.input("x", "float32", [256, 256]);
    for (let i = 0; i < 100; i++) y = matmul(y, y);
    builder.output("y", y);
    const session = await Session.open(writeModel(builder), { threads: 2 });
    try {
      const shares: number[] = [];
      for (let turn = 0; turn < 5; turn++) {
        await session.run({ x: float32(new Float32Array(256 * 256), [256, 256]) });
        const [cpu, started] = [process.cpuUsage(), performance.now()];
        await setTimeout(25);
        const { user, system } = process.cpuUsage(cpu);
        shares.push((user + system) / 1000 / (performance.now() - started));
      }
      expect(shares.sort((a, b) => a - b)[2]).toBeLessThan(0.1); // a thread that spins is 1, or what others leave it
    } finally {
      await session.close();
    }
  });

  it("refuses to run after it was closed", async () => {
    const session = await Session.open(model(), { threads: 1 });
    await session.close();
    await expect(session.run({ x, n })).rejects.toThrow(/closed|released|disposed/i);
  });
});
