import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toFloat32 } from "../../../gpu/weights/dtype.ts";
import type { NamedTensor } from "../../../gpu/weights/named-tensor.ts";
import {
  decodeSafetensors,
  encodeSafetensors,
  SafetensorsFile,
  writeSafetensors,
} from "../../../gpu/weights/safetensors.ts";
import { weightsDigest } from "../../../gpu/weights/weights-digest.ts";

interface GoldenFile {
  readonly base64: string;
  readonly sha256: string;
  readonly tensors: readonly { name: string; shape: number[]; float32Bits: number[] }[];
}

let golden: { float32: GoldenFile; mixed: GoldenFile };
let scratch: string;
beforeAll(async () => {
  golden = JSON.parse(await readFile(new URL("../../golden/weights/safetensors.json", import.meta.url), "utf8"));
  scratch = await mkdtemp(join(tmpdir(), "safetensors-"));
});
afterAll(() => rm(scratch, { recursive: true }));

const fromBits = (bits: readonly number[]) => new Float32Array(Uint32Array.from(bits).buffer);
const bitsOf = (data: Float32Array) => [...new Uint32Array(data.buffer, data.byteOffset, data.length)];
const namedTensors = (file: GoldenFile): NamedTensor[] =>
  file.tensors.map(({ name, shape, float32Bits }) => ({ name, shape, data: fromBits(float32Bits) }));

describe("against Hugging Face's own writer", () => {
  it("writes the same bytes for the same tensors, in whatever order they come", () => {
    const tensors = namedTensors(golden.float32);
    expect(Buffer.from(encodeSafetensors(tensors)).toString("base64")).toBe(golden.float32.base64);
    expect(Buffer.from(encodeSafetensors(tensors.reverse())).toString("base64")).toBe(golden.float32.base64);
  });

  it("names the weights by the sha256 of that file", () => {
    expect(weightsDigest(namedTensors(golden.float32))).toBe(`sha256:${golden.float32.sha256}`);
  });

  it.each(["float32", "mixed"] as const)(
    "reads its %s file as float32, bit for bit, from memory and from disk",
    async (which) => {
      const bytes = new Uint8Array(Buffer.from(golden[which].base64, "base64"));
      const path = join(scratch, `${which}.safetensors`);
      await writeFile(path, bytes);
      const file = await SafetensorsFile.open(path);
      const { header, bytesOf } = decodeSafetensors(bytes, "memory");
      expect(header.metadata).toEqual({ format: "pt" });
      expect(header.entries).toHaveLength(golden[which].tensors.length);
      for (const { name, shape, float32Bits } of golden[which].tensors) {
        const read = await file.float32(name);
        expect(read.shape).toEqual(shape);
        expect(bitsOf(read.data), name).toEqual(float32Bits);
        const entry = file.entry(name);
        expect(bitsOf(toFloat32(entry.dtype, bytesOf(entry), name)), name).toEqual(float32Bits);
      }
      await file.close();
    },
  );
});

describe("writing", () => {
  const tensors = fc.uniqueArray(
    fc.record({
      name: fc.string({ unit: "binary", minLength: 1 }),
      shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }),
    }),
    { selector: ({ name }) => name, maxLength: 6 },
  );
  const filled = tensors.map((list) =>
    list.map(({ name, shape }, index): NamedTensor => {
      const count = shape.reduce((a, b) => a * b, 1);
      return { name, shape, data: Float32Array.from({ length: count }, (_, i) => (i - index) / 3) };
    }),
  );

  it("round-trips, aligned to 8 bytes, and the digest is the written file's sha256", async () => {
    let round = 0;
    await fc.assert(
      fc.asyncProperty(filled, async (list) => {
        const path = join(scratch, `${round++}.safetensors`);
        const written = await writeSafetensors(path, list);
        const bytes = await readFile(path);
        expect(written.digest).toBe(`sha256:${createHash("sha256").update(bytes).digest("hex")}`);
        expect(weightsDigest(list)).toBe(written.digest);
        expect(written.bytes).toBe(bytes.byteLength);
        const file = await SafetensorsFile.open(path);
        expect(file.header.dataStart % 8).toBe(0);
        for (const tensor of list) expect(await file.float32(tensor.name)).toEqual(tensor);
        await file.close();
      }),
      { numRuns: 40 },
    );
  });

  it("tells -0 from 0, one name from another, one shape from another", () => {
    const digest = (name: string, shape: number[], ...values: number[]) =>
      weightsDigest([{ name, shape, data: Float32Array.from(values) }]);
    const all = [digest("a", [2], 0, 1), digest("a", [2], -0, 1), digest("b", [2], 0, 1), digest("a", [1, 2], 0, 1)];
    expect(new Set(all).size).toBe(4);
  });

  it("takes a view into a larger buffer for what it shows", () => {
    const whole = Float32Array.from([9, 1, 2, 9]);
    const part = { name: "a", shape: [2], data: whole.subarray(1, 3) };
    expect(weightsDigest([part])).toBe(weightsDigest([{ ...part, data: Float32Array.from([1, 2]) }]));
  });

  it.each([
    ["a name twice", [tensor("a", [1], 1), tensor("a", [1], 1)], /"a" appears twice/],
    [
      "data that does not fill its shape",
      [tensor("a", [2, 3], 5)],
      /"a" of shape \[2,3\] needs 6 elements, its data has 5/,
    ],
    ["a fractional dimension", [tensor("a", [0.5, 2], 1)], /"a" has the shape \[0.5,2\]/],
    ["the reserved name", [tensor("__metadata__", [1], 1)], /"__metadata__" cannot be/],
  ])("refuses %s before it makes a file", async (_what, list, message) => {
    const path = join(scratch, "refused.safetensors");
    await expect(writeSafetensors(path, list)).rejects.toThrow(message);
    await expect(readFile(path)).rejects.toThrow(/ENOENT/);
  });

  it("never overwrites", async () => {
    const path = join(scratch, "once.safetensors");
    await writeSafetensors(path, [tensor("a", [1], 1)]);
    await expect(writeSafetensors(path, [tensor("b", [1], 1)])).rejects.toMatchObject({
      name: "CheckpointError",
      code: "exists",
    });
  });
});

function tensor(name: string, shape: number[], elements: number): NamedTensor {
  return { name, shape, data: new Float32Array(elements).fill(0.5) };
}
