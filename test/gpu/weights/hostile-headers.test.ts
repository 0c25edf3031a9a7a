import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CheckpointError } from "../../../gpu/weights/checkpoint-error.ts";
import { decodeSafetensors, SafetensorsFile } from "../../../gpu/weights/safetensors.ts";

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "hostile-"));
});
afterAll(() => rm(scratch, { recursive: true }));

function fileOf(json: string | Uint8Array, dataBytes: number, claimed?: bigint): Uint8Array {
  const header = typeof json === "string" ? Buffer.from(json) : json;
  const bytes = new Uint8Array(8 + header.byteLength + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, claimed ?? BigInt(header.byteLength), true);
  bytes.set(header, 8);
  return bytes;
}

const entry = (fields: object) => JSON.stringify({ dtype: "F32", shape: [2], data_offsets: [0, 8], ...fields });

const hostile: [string, Uint8Array, RegExp][] = [
  ["an empty file", new Uint8Array(0), /has 0 bytes/],
  ["a file shorter than its length prefix", new Uint8Array(5), /has 5 bytes/],
  ["a header longer than the file", fileOf("{}", 0, 3n), /claims a header of 3 bytes; at most 2/],
  ["a header of 2^64 - 1 bytes", fileOf("{}", 0, 2n ** 64n - 1n), /claims a header of 18446744073709551615 bytes/],
  ["a header that is not UTF-8", fileOf(Uint8Array.of(0x7b, 0xff, 0x7d), 0), /not UTF-8/],
  ["a header that is not JSON", fileOf("{,}", 0), /not JSON/],
  ["a header that is an array", fileOf("[]", 0), /not a JSON object/],
  ["a header that is null", fileOf("null", 0), /not a JSON object/],
  ["a tensor that is a number", fileOf('{"a":1}', 0), /"a" is not an object/],
  ["an unknown dtype", fileOf(`{"a":${entry({ dtype: "F33" })}}`, 8), /"a" has the unknown dtype "F33"/],
  ["a dtype from the prototype", fileOf(`{"a":${entry({ dtype: "toString" })}}`, 8), /unknown dtype "toString"/],
  ["a negative dimension", fileOf(`{"a":${entry({ shape: [-2] })}}`, 8), /"a" has the shape \[-2\]/],
  [
    "a dimension beyond 2^53",
    fileOf('{"a":{"dtype":"F32","shape":[9007199254740993],"data_offsets":[0,8]}}', 8),
    /"a" has the shape/,
  ],
  ["a shape whose product overflows", fileOf(`{"a":${entry({ shape: [2 ** 40, 2 ** 40] })}}`, 8), /"a" of shape/],
  ["a shape that is a string", fileOf(`{"a":${entry({ shape: "2" })}}`, 8), /"a" has the shape "2"/],
  ["offsets the wrong way round", fileOf(`{"a":${entry({ data_offsets: [8, 0] })}}`, 8), /data_offsets \[8,0\]/],
  ["three offsets", fileOf(`{"a":${entry({ data_offsets: [0, 4, 8] })}}`, 8), /data_offsets \[0,4,8\]/],
  ["fractional offsets", fileOf(`{"a":${entry({ data_offsets: [0.5, 8.5] })}}`, 9), /data_offsets/],
  [
    "bytes that do not fit the shape",
    fileOf(`{"a":${entry({ shape: [3] })}}`, 8),
    /shape \[3\] and dtype F32 needs 12 bytes, its data_offsets hold 8/,
  ],
  ["data past the end of the file", fileOf(`{"a":${entry({})}}`, 4), /"a" ends at byte \d+, the file at/],
  [
    "overlapping tensors",
    fileOf(`{"a":${entry({})},"b":${entry({ data_offsets: [4, 12] })}}`, 12),
    /"b" at 4 overlaps/,
  ],
  ["the same bytes twice", fileOf(`{"a":${entry({})},"b":${entry({})}}`, 8), /"b" at 0 overlaps/],
  [
    "a hole",
    fileOf(`{"a":${entry({})},"b":${entry({ data_offsets: [12, 20] })}}`, 20),
    /"b" at 12 leaves 4 bytes unused/,
  ],
  ["trailing bytes", fileOf(`{"a":${entry({})}}`, 11), /3 trailing bytes/],
  ["a name twice", fileOf(`{"a":${entry({})},"a":${entry({ data_offsets: [8, 16] })}}`, 16), /the key "a" twice/],
  ["a name twice, once escaped", fileOf(`{"a":${entry({})},"\\u0061" :${entry({})}}`, 8), /the key "a" twice/],
  [
    "a field twice",
    fileOf('{"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}', 8),
    /the key "dtype" twice/,
  ],
  ["metadata that is no map of strings", fileOf('{"__metadata__":{"a":1}}', 0), /__metadata__/],
];

describe("a hostile file is refused by name", () => {
  it.each(hostile)("%s", async (what, bytes, message) => {
    const path = join(scratch, `${what.replaceAll(/\W/g, "-")}.safetensors`);
    await writeFile(path, bytes);
    await expect(SafetensorsFile.open(path)).rejects.toThrow(message);
    await expect(SafetensorsFile.open(path)).rejects.toThrow(CheckpointError);
    expect(() => decodeSafetensors(bytes, "memory")).toThrow(message);
  });

  it("whatever single byte of a good file is changed, it is read within its bounds or refused as a CheckpointError", () => {
    const good = fileOf(
      `{"__metadata__":{"format":"pt"},"a":${entry({})},"b":${entry({ data_offsets: [8, 16] })}}`,
      16,
    );
    const changes = fc.record({ at: fc.nat(good.byteLength - 1), to: fc.integer({ min: 0, max: 255 }) });
    fc.assert(
      fc.property(changes, ({ at, to }) => {
        const bytes = good.slice();
        bytes[at] = to;
        try {
          const { header, bytesOf } = decodeSafetensors(bytes, "memory");
          return header.entries.every((tensor) => bytesOf(tensor).byteLength === tensor.byteLength);
        } catch (error) {
          return error instanceof CheckpointError;
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("a tensor called __proto__ is a tensor", () => {
    const { header } = decodeSafetensors(fileOf(`{"__proto__":${entry({})}}`, 8), "memory");
    expect(header.entries.map(({ name }) => name)).toEqual(["__proto__"]);
  });

  it("a missing file, and a tensor that is not there", async () => {
    await expect(SafetensorsFile.open(join(scratch, "none"))).rejects.toMatchObject({ code: "missing-file" });
    const path = join(scratch, "good.safetensors");
    await writeFile(path, fileOf(`{"a":${entry({})}}`, 8));
    const file = await SafetensorsFile.open(path);
    await expect(file.float32("b")).rejects.toThrow(/has no tensor "b"/);
    await file.close();
  });
});
