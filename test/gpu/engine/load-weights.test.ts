import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { namedTensors } from "../../../gpu/engine/flat-weights.ts";
import { loadWeights } from "../../../gpu/engine/load-weights.ts";
import { readModelConfig, writeCheckpointFolder } from "../../../gpu/weights/checkpoint-folder.ts";
import type { NamedTensor } from "../../../gpu/weights/named-tensor.ts";
import { encodeSafetensors } from "../../../gpu/weights/safetensors.ts";
import { goldenFolder } from "../../support/golden-models.ts";
import { randomWeights, tinyConfig } from "../../support/tiny-model.ts";

const flat = randomWeights(tinyConfig, 3);
const tensors = namedTensors(tinyConfig, flat);
const embedding = tensors[0]!;
const ones = (name: string, ...shape: number[]): NamedTensor => ({
  name,
  shape,
  data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(1),
});

let scratch: string;
let folders = 0;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "load-"));
});
afterAll(() => rm(scratch, { recursive: true }));

async function folderOf(list: readonly NamedTensor[], change: (bytes: Buffer) => Uint8Array = (bytes) => bytes) {
  const directory = join(scratch, String(folders++));
  await mkdir(directory);
  await writeFile(join(directory, "model.safetensors"), change(Buffer.from(encodeSafetensors(list))));
  return directory;
}
const load = async (...folder: Parameters<typeof folderOf>) => loadWeights(tinyConfig, await folderOf(...folder));
const without = (...names: string[]) => tensors.filter(({ name }) => !names.includes(name));

describe("the weights of a folder", () => {
  it("become one vector in the model's order, whatever the file's", async () => {
    expect(await load([...tensors].reverse())).toEqual(flat);
  });

  it.each(["qwen3-sharded", "qwen2", "llama-mha"] as const)(
    "are the same once saved as one float32 file, whatever the folder of %s held",
    async (name) => {
      const { directory } = goldenFolder(name);
      const { decoder } = await readModelConfig(directory);
      const weights = await loadWeights(decoder, directory);
      const saved = join(scratch, name);
      await writeCheckpointFolder(saved, directory, namedTensors(decoder, weights));
      expect((await readModelConfig(saved)).decoder).toEqual(decoder);
      expect(await loadWeights(decoder, saved)).toEqual(weights);
    },
  );

  it("are refused with the names of all that is missing, or the first five and how many", async () => {
    await expect(load(without("model.norm.weight"))).rejects.toMatchObject({
      code: "tensor-mismatch",
      message: expect.stringMatching(/ lacks 1 tensor \(model\.norm\.weight\) of 24$/),
    });
    await expect(load([embedding])).rejects.toThrow(
      /lacks 23 tensors \(model\.layers\.0\.input_layernorm\.weight, (model\.layers\.0\.self_attn\.[qkv]_proj\.weight, ){3}model\.layers\.0\.self_attn\.q_norm\.weight, \.\.\.\) of 24$/,
    );
  });

  it("are refused where they hold what the architecture has no place for, and what it lacks is said too", async () => {
    const bias = ones("model.layers.0.self_attn.q_proj.bias", 64);
    await expect(load([...tensors, bias])).rejects.toThrow(
      /holds 1 tensor \(model\.layers\.0\.self_attn\.q_proj\.bias\) that a qwen3 has no place for$/,
    );
    await expect(load([...without("model.norm.weight"), ones("score.weight", 2, 32)])).rejects.toThrow(
      /lacks 1 tensor \(model\.norm\.weight\) of 24, and holds 1 tensor \(score\.weight\) that/,
    );
  });

  it("may hold rotary tables, and a tied head that is the embedding table", async () => {
    const table = ones("model.layers.1.self_attn.rotary_emb.inv_freq", 8);
    const head = { ...embedding, name: "lm_head.weight" };
    expect(await load([...tensors, table, head])).toEqual(flat);
    const other = { ...head, data: head.data.map((x, i) => (i === 7 ? x + 1 : x)) };
    await expect(load([...tensors, other])).rejects.toThrow(/ties its embeddings, but its lm_head\.weight is not/);
  });

  it("are refused in another shape, even where the number of elements fits", async () => {
    const turned = { ...embedding, shape: [...embedding.shape].reverse() };
    await expect(load([...tensors.slice(1), turned])).rejects.toMatchObject({
      code: "tensor-mismatch",
      message: expect.stringMatching(
        /model\.safetensors: tensor "model\.embed_tokens\.weight" has the shape \[32,40\], config\.json says \[40,32\]$/,
      ),
    });
  });

  it("are refused in a dtype that is not a model's, even where it could be converted", async () => {
    // the same four bytes per element, read as integers
    const asIntegers = (bytes: Buffer) => Buffer.from(bytes.toString("latin1").replace('"F32"', '"I32"'), "latin1");
    await expect(load(tensors, asIntegers)).rejects.toMatchObject({
      code: "unsupported",
      message: expect.stringMatching(/tensor "model\.embed_tokens\.weight" is I32; expected one of F32, F16, BF16$/),
    });
  });

  it("are refused where the file was cut off", async () => {
    await expect(load(tensors, (bytes) => bytes.subarray(0, -1))).rejects.toMatchObject({ code: "malformed" });
  });

  it("are refused where model.safetensors is no file", async () => {
    const directory = join(scratch, "folder-for-a-file");
    await mkdir(join(directory, "model.safetensors"), { recursive: true });
    await expect(loadWeights(tinyConfig, directory)).rejects.toThrow(/model\.safetensors is not a file$/);
  });

  it("are refused before memory is asked for where config.json claims an impossible size", async () => {
    const config = { ...tinyConfig, hiddenSize: 2 ** 40, intermediateSize: 2 ** 40 };
    await expect(loadWeights(config, await folderOf(tensors))).rejects.toThrow(
      /config\.json says \[40,1099511627776\]/,
    );
  });
});
