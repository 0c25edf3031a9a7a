/** The folder that `npm run random:checkpoint` writes is one that everything else reads. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { qwen3Small, writeRandomCheckpoint } from "../../bench/random-checkpoint/write-checkpoint.ts";
import { loadBase } from "../../gpu/engine/load-weights.ts";
import { parameterCount } from "../../gpu/models/parameters.ts";
import { openTokenizer } from "../../gpu/tokenizer/tokenizer.ts";
import { readModelConfig } from "../../gpu/weights/checkpoint-folder.ts";
import { arithmetic } from "../../src/domains/arithmetic/arithmetic.ts";

const shape = { ...qwen3Small, layers: 1, hiddenSize: 8, intermediateSize: 8, heads: 2, keyValueHeads: 1, headDim: 4 };
let directory: string;
beforeAll(async () => {
  directory = join(await mkdtemp(join(tmpdir(), "rzero-random-")), "model");
  await writeRandomCheckpoint(directory, shape);
});
afterAll(() => rm(join(directory, ".."), { recursive: true, force: true }));

it("holds weights that can be mapped", async () => {
  const { decoder } = await readModelConfig(directory);
  expect(decoder).toMatchObject({ layers: 1, vocabularySize: 151_936, tieWordEmbeddings: true });
  const { flat, mapped } = await loadBase(decoder, directory);
  expect(flat).toHaveLength(parameterCount(decoder));
  expect(mapped).not.toBeNull();
});

it("has a tokenizer for every id, whose words are questions and answers", async () => {
  const tokenizer = await openTokenizer(directory);
  const text = "12+34 ist größer\n";
  expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
  const texts = [257, 258, 100_001, 100_002, 151_935].map((id) => tokenizer.decode([id]));
  expect(texts.map((each) => each.replace(/[ \n]+$/, ""))).toEqual([
    "<question>0+0</question>",
    "\\boxed{0}",
    "<question>49+872</question>",
    "\\boxed{0}",
    "<question>75+839</question>",
  ]);
  expect(arithmetic.parseProposal(tokenizer.decode([257, 100_002]))).toEqual({ question: "0+0", answer: "0" });
  expect(arithmetic.extractAnswer(tokenizer.decode([258, 257]))).toBe("0");
  const all = Array.from({ length: 2000 }, (_, i) => tokenizer.decode([257 + 75 * i]));
  expect(new Set(all).size).toBe(all.length);
});
