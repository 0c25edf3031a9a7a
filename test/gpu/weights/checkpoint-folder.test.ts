import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeAbacusFolder } from "../../../bench/pretrain/abacus-folder.ts";
import { readModelConfig, writeCheckpointFolder } from "../../../gpu/weights/checkpoint-folder.ts";
import type { NamedTensor } from "../../../gpu/weights/named-tensor.ts";
import { writeSafetensors } from "../../../gpu/weights/safetensors.ts";
import { WeightFiles } from "../../../gpu/weights/weight-files.ts";
import { weightsDigest } from "../../../gpu/weights/weights-digest.ts";

let scratch: string;
let model: string;
const tensors: NamedTensor[] = [
  { name: "b", shape: [2, 2], data: Float32Array.of(1, -2, 3.5, 0) },
  { name: "a", shape: [3], data: Float32Array.of(7, 8, 9) },
];
const changed = [tensors[0]!, { ...tensors[1]!, data: Float32Array.of(7, 8, 10) }];

async function readWeights(directory: string): Promise<NamedTensor[]> {
  const files = await WeightFiles.open(directory);
  const read = await Promise.all([...files.tensors.keys()].map((name) => files.float32(name)));
  await files.close();
  return read;
}

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "checkpoint-"));
  model = join(scratch, "model");
  const shape = { hiddenSize: 64, intermediateSize: 128, layers: 2, heads: 4, keyValueHeads: 2, headDim: 16 };
  await writeAbacusFolder(model, { ...shape, ropeTheta: 10_000, contextLength: 256 });
});
afterAll(() => rm(scratch, { recursive: true }));

describe("a written folder", () => {
  it("holds configuration, tokenizer and weights, and is named by its weights", async () => {
    const directory = join(scratch, "saved/deep");
    const { digest, bytes } = await writeCheckpointFolder(directory, model, tensors);
    expect((await readdir(directory)).sort()).toEqual([
      "config.json",
      "generation_config.json",
      "model.safetensors",
      "special_tokens_map.json",
      "tokenizer.json",
      "tokenizer_config.json",
    ]);
    const contents = await Promise.all((await readdir(directory)).map((name) => readFile(join(directory, name))));
    expect(bytes).toBe(contents.reduce((sum, content) => sum + content.byteLength, 0));
    const weights = await readFile(join(directory, "model.safetensors"));
    expect(digest).toBe(`sha256:${createHash("sha256").update(weights).digest("hex")}`);
    expect(digest).toBe(weightsDigest(tensors));
    expect(await readWeights(directory)).toEqual([tensors[1], tensors[0]]);
    const config = await readModelConfig(directory);
    expect(config.decoder.hiddenSize).toBe(64);
    expect(config.eosTokenIds).toEqual([4]);
    expect(await readdir(join(scratch, "saved"))).toEqual(["deep"]);
  });

  it("says that it holds float32, whatever the original held", async () => {
    const bfloat = join(scratch, "bfloat");
    await mkdir(bfloat);
    const config = JSON.parse(await readFile(join(model, "config.json"), "utf8"));
    delete config.dtype;
    await writeFile(join(bfloat, "config.json"), JSON.stringify({ ...config, torch_dtype: "bfloat16" }));
    await writeCheckpointFolder(join(scratch, "widened"), bfloat, tensors);
    const written = JSON.parse(await readFile(join(scratch, "widened/config.json"), "utf8"));
    expect(written).toEqual({ ...config, dtype: "float32" });
  });

  it("may be written again with the same content, never with another", async () => {
    const directory = join(scratch, "twice");
    const first = await writeCheckpointFolder(directory, model, tensors);
    expect(await writeCheckpointFolder(directory, model, tensors)).toEqual(first);
    await expect(writeCheckpointFolder(directory, model, changed)).rejects.toMatchObject({ code: "exists" });
    expect(await readWeights(directory)).toEqual([tensors[1], tensors[0]]);
    expect((await readdir(scratch)).filter((name) => name.endsWith(".partial"))).toEqual([]);
  });

  it("is whole when two write it at once", async () => {
    const directory = join(scratch, "race");
    await Promise.all([1, 2, 3].map(() => writeCheckpointFolder(directory, model, tensors)));
    expect(await readWeights(directory)).toEqual([tensors[1], tensors[0]]);
  });

  it("leaves nothing behind when it fails, and clears what a killed process left", async () => {
    const directory = join(scratch, "failed");
    // 2^22 is the largest process id Linux gives out: nobody has the next one.
    const abandoned = join(scratch, `.failed.${2 ** 22 + 1}.x.partial`);
    await mkdir(abandoned);
    const twice = [tensors[0]!, tensors[0]!];
    await expect(writeCheckpointFolder(directory, model, twice)).rejects.toMatchObject({ code: "tensor-mismatch" });
    await expect(writeCheckpointFolder(directory, join(scratch, "nowhere"), tensors)).rejects.toMatchObject({
      code: "missing-file",
    });
    expect(existsSync(directory)).toBe(false);
    expect((await readdir(scratch)).filter((name) => name.endsWith(".partial"))).toEqual([]);
  });
});

describe("shards", () => {
  async function sharded(name: string, map: Record<string, unknown>): Promise<string> {
    const directory = join(scratch, name);
    await mkdir(directory);
    await writeSafetensors(join(directory, "model-00001-of-00002.safetensors"), [tensors[0]!]);
    await writeSafetensors(join(directory, "model-00002-of-00002.safetensors"), [tensors[1]!]);
    await writeFile(join(directory, "model.safetensors.index.json"), JSON.stringify({ metadata: {}, weight_map: map }));
    return directory;
  }
  const good = { a: "model-00002-of-00002.safetensors", b: "model-00001-of-00002.safetensors" };

  it("are read as one", async () => {
    const directory = await sharded("sharded", good);
    expect(weightsDigest(await readWeights(directory))).toBe(weightsDigest(tensors));
    const files = await WeightFiles.open(directory);
    const located = files.tensors.get("a")!;
    const file = await readFile(located.path);
    const bytes = file.subarray(located.offset, located.offset + located.byteLength);
    expect([...new Float32Array(new Uint8Array(bytes).buffer)]).toEqual([7, 8, 9]);
    await files.close();
  });

  it("may be links, as in a Hugging Face cache", async () => {
    const directory = join(scratch, "linked");
    await mkdir(directory);
    await writeSafetensors(join(scratch, "blob"), tensors);
    await symlink("../blob", join(directory, "model.safetensors"));
    expect(await readWeights(directory)).toHaveLength(2);
  });

  it.each([
    "../model-00002-of-00002.safetensors",
    "/etc/x.safetensors",
    "a\\b.safetensors",
    ".x.safetensors",
    "x.bin",
    3,
  ])("never lie outside the folder: %s", async (shard) => {
    const directory = await sharded(`escape-${String(shard).replaceAll(/\W/g, "-")}`, { ...good, a: shard });
    await expect(WeightFiles.open(directory)).rejects.toThrow(/places "a" in .*, not a file name beside it/);
  });

  it("are refused where index and files disagree", async () => {
    const swapped = await sharded("swapped", { ...good, a: good.b });
    await expect(WeightFiles.open(swapped)).rejects.toThrow(/places "a" in model-00001.*, which has no such tensor/);
    const unlisted = await sharded("unlisted", { ...good });
    await rm(join(unlisted, good.a));
    await writeSafetensors(join(unlisted, good.a), [tensors[1]!, { ...tensors[1]!, name: "c" }]);
    await expect(WeightFiles.open(unlisted)).rejects.toThrow(/holds "c", which .* does not list/);
    await rm(join(unlisted, good.a));
    await writeSafetensors(join(unlisted, good.a), tensors);
    await expect(WeightFiles.open(unlisted)).rejects.toThrow(/tensor "b" is in both/);
    await rm(join(unlisted, good.a));
    await expect(WeightFiles.open(unlisted)).rejects.toMatchObject({ code: "missing-file" });
  });

  it("a folder without weights says so", async () => {
    await expect(WeightFiles.open(model)).rejects.toThrow(
      /has no model.safetensors and no model.safetensors.index.json/,
    );
  });
});
