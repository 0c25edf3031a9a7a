/** Weights that sessions map from the files they lie in. */
import { appendFile, mkdir, mkdtemp, rename, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type MappedWeights, mapWeights } from "../../../gpu/engine/mapped-weights.ts";
import { ProgramCache } from "../../../gpu/engine/program-cache.ts";
import { GraphBuilder } from "../../../gpu/graph/builder.ts";
import { loop } from "../../../gpu/graph/ops/control.ts";
import { add } from "../../../gpu/graph/ops/elementwise.ts";
import { matmul } from "../../../gpu/graph/ops/linalg.ts";
import { ComputeDevice } from "../../../gpu/runtime/compute-device.ts";
import { float32 } from "../../../gpu/runtime/tensor.ts";
import type { NamedTensor } from "../../../gpu/weights/named-tensor.ts";
import { encodeSafetensors } from "../../../gpu/weights/safetensors.ts";
import { WeightFiles } from "../../../gpu/weights/weight-files.ts";
import { testDevice } from "../../support/test-device.ts";

const tensors: readonly NamedTensor[] = [
  { name: "bias", shape: [2], data: Float32Array.of(0.5, -0.5) },
  { name: "gain", shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
];

let scratch: string;
let count = 0;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "rzero-mapped-"));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

async function folderOf(bytes: Uint8Array = encodeSafetensors(tensors)): Promise<string> {
  const directory = join(scratch, String(count++));
  await mkdir(directory);
  await writeFile(join(directory, "model.safetensors"), bytes);
  return directory;
}

async function mapFolder(directory: string): Promise<MappedWeights | null> {
  const files = await WeightFiles.open(directory);
  try {
    return await mapWeights([...files.tensors.values()], () => Promise.resolve(new Float32Array(0)));
  } finally {
    await files.close();
  }
}

/** y = gain x' + bias, and once more inside a loop if asked for */
function program(inLoop: boolean): GraphBuilder {
  const builder = new GraphBuilder("mapped");
  const x = builder.input("x", "float32", [1, 3]);
  const [gain, bias] = [builder.stored("gain", "float32", [2, 3]), builder.stored("bias", "float32", [2])];
  const once = () => add(matmul(x, gain, { transposeB: true }), bias);
  const [y] = inLoop
    ? loop(
        "twice",
        builder.int(2),
        builder.bool(true),
        [{ initial: builder.full(0, "float32", [1, 2]) }],
        (body, _, [sum]) => ({
          goOn: body.bool(true),
          carried: [add(sum!, once())],
        }),
      )
    : [once()];
  builder.output("y", y!);
  return builder;
}

const x = { x: float32(Float32Array.of(1, 0, -1), [1, 3]) };

describe("mapped weights", () => {
  it("are read where they lie", async () => {
    const programs = new ProgramCache(testDevice);
    const mapped = await mapFolder(await folderOf());
    const session = await programs.get("once", () => program(false), { mapped });
    expect(session.inputNames).toEqual(["x"]);
    expect([...(await session.run(x)).y!.data]).toEqual([-1.5, -2.5]);
    await programs.close();
  });

  it("are read inside loops, without a copy of them in the model", async () => {
    const programs = new ProgramCache(ComputeDevice.cpu(1));
    const mapped = await mapFolder(await folderOf());
    const session = await programs.get("twice", () => program(true), { mapped });
    expect([...(await session.run(x)).y!.data]).toEqual([-3, -5]);
    await programs.close();
  });

  it("may be links out of the folder, as in a cache of downloads", async () => {
    const blobs = await folderOf();
    const snapshot = join(scratch, String(count++));
    await mkdir(snapshot);
    await rename(join(blobs, "model.safetensors"), join(blobs, "0a1b"));
    await symlink(join("..", blobs.split("/").at(-1)!, "0a1b"), join(snapshot, "model.safetensors"));
    const mapped = await mapFolder(snapshot);
    expect(mapped!.places.get("gain")).toMatchObject({ location: "0a1b", length: 24 });
    const programs = new ProgramCache(testDevice);
    const session = await programs.get("linked", () => program(false), { mapped });
    expect([...(await session.run(x)).y!.data]).toEqual([-1.5, -2.5]);
    await programs.close();
  });

  it("are refused once their file is another one, and the program can be asked for again", async () => {
    const programs = new ProgramCache(ComputeDevice.cpu(1));
    const directory = await folderOf();
    const file = join(directory, "model.safetensors");
    const mapped = await mapFolder(directory);
    await appendFile(file, "x");
    const open = () => programs.get("once", () => program(false), { mapped });
    await expect(open()).rejects.toMatchObject({ code: "changed" });
    await expect(mapped!.read()).rejects.toMatchObject({ code: "changed" });
    await expect(open()).rejects.toThrow(`${mapped!.folder} no longer holds the weights that were read from it`);
    await programs.close();

    const other = await folderOf();
    const touched = await mapFolder(other);
    await utimes(join(other, "model.safetensors"), 1, 1);
    await expect(touched!.checkUnchanged()).rejects.toMatchObject({ code: "changed" });
    await rm(join(other, "model.safetensors"));
    await expect(touched!.checkUnchanged()).rejects.toMatchObject({ code: "changed" });
  });

  it("are not mapped where they are not float32 or not aligned", async () => {
    const header = (dtype: string, bytes: number, padding: string) => {
      const json = `{"gain":{"dtype":"${dtype}","shape":[2],"data_offsets":[0,${bytes}]}}${padding}`;
      const length = new Uint8Array(8);
      new DataView(length.buffer).setBigUint64(0, BigInt(json.length), true);
      return Buffer.concat([length, Buffer.from(json), new Uint8Array(bytes)]);
    };
    expect(await mapFolder(await folderOf(header("BF16", 4, "")))).toBeNull();
    const misaligned = [0, 1, 2, 3].map((spaces) => header("F32", 8, " ".repeat(spaces)));
    const mapped = await Promise.all(misaligned.map(async (bytes) => mapFolder(await folderOf(bytes))));
    expect(mapped.filter((each) => each !== null)).toHaveLength(1);
  });
});
