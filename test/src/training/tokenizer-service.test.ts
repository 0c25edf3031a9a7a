/** Tokenizing through the service, with the tokenizer of the embedded model. */
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openTokenizer } from "../../../gpu/index.ts";
import type { Policy } from "../../../src/policy/policy.ts";
import { openArithmeticPolicy } from "../../support/arithmetic-script.ts";
import { type ServicesUnderTest, startServices } from "../../support/services-under-test.ts";

const abacus = fileURLToPath(new URL("../../../models/abacus", import.meta.url));

describe("the tokenizer of the model", () => {
  let tested: ServicesUnderTest;
  beforeAll(async () => {
    const real = await openTokenizer(abacus);
    const policy: Policy = Object.assign(openArithmeticPolicy(), {
      tokenizer: {
        description: real.description,
        encode: (text: string, options?: { addSpecial?: boolean }) => real.encode(text, options),
        decode: (tokenIds: readonly number[]) => real.decode(tokenIds),
        renderChat: (...given: Parameters<typeof real.renderChat>) => real.renderChat(...given),
      },
    });
    tested = await startServices({ policy });
  });
  afterAll(() => tested.remove());

  test("gives ids whose texts are the text, and takes them back", async () => {
    const { tokenizer } = tested.services;
    const text = "<|user|>12+18-2<|assistant|>30,28";
    const { tokenIds, tokens } = await tokenizer.tokenize({ text, addSpecial: true });
    expect(tokens.join("")).toBe(text);
    expect(tokens.slice(0, 3)).toEqual(["<|user|>", "1", "2"]);
    expect(await tokenizer.detokenize({ tokenIds })).toBe(text);
  });

  test("renders a chat, ready to be answered or not", async () => {
    const { tokenizer } = tested.services;
    const messages = [{ role: "user" as const, content: "1+2" }];
    const ask = async (addGenerationPrompt: boolean) =>
      (await tokenizer.tokenize({ text: { messages, addGenerationPrompt }, addSpecial: false })).tokens.join("");
    expect(await ask(true)).toBe("<|user|>1+2<|assistant|>");
    expect(await ask(false)).toBe("<|user|>1+2");
  });

  test("describes itself as its files do", async () => {
    expect(await tested.services.tokenizer.describe()).toMatchObject({
      class: "PreTrainedTokenizerFast",
      bosToken: null,
      eosToken: "<|end|>",
      padToken: "<|pad|>",
      unkToken: "<unk>",
      chatTemplate: expect.stringContaining("add_generation_prompt"),
    });
  });

  test("refuses ids it has no token for, and a model that is not there", async () => {
    const { tokenizer } = tested.services;
    await expect(tokenizer.detokenize({ tokenIds: [1, 99_999] })).rejects.toMatchObject({
      code: "invalid-value",
      value: 99_999,
    });
    await expect(tokenizer.tokenize({ model: "gpt", text: "1", addSpecial: true })).rejects.toMatchObject({
      code: "not-found",
    });
  });
});
