import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeAbacusFolder } from "../../../bench/pretrain/abacus-folder.ts";
import type { ChatMessage } from "../../../gpu/tokenizer/chat-template.ts";
import { openTokenizer, type Tokenizer } from "../../../gpu/tokenizer/tokenizer.ts";
import {
  CHARACTER_TOKENS,
  SPECIAL_TOKENS,
  VOCABULARY,
  WHOLE_TOKENS,
} from "../../../src/domains/arithmetic/vocabulary.ts";

interface Golden {
  readonly vocabularySize: number;
  readonly cases: readonly {
    readonly text: string;
    readonly ids: number[];
    /** Where the tokenizer adds something to plain text. */
    readonly idsWithSpecial?: number[];
    readonly decoded: string;
    readonly withoutSpecial: string;
  }[];
  readonly chats: readonly { messages: ChatMessage[]; addGenerationPrompt: boolean; text: string }[];
}

const goldenDirectory = fileURLToPath(new URL("../../golden/tokenizer/", import.meta.url));
const qwen = join(goldenDirectory, "qwen");
const llama3 = join(goldenDirectory, "llama3");
let scratch: string;
let abacusDirectory: string;
let abacus: Tokenizer;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "tokenizer-"));
  abacusDirectory = join(scratch, "abacus");
  const shape = { hiddenSize: 64, intermediateSize: 128, layers: 2, heads: 4, keyValueHeads: 2, headDim: 16 };
  await writeAbacusFolder(abacusDirectory, { ...shape, ropeTheta: 10_000, contextLength: 256 });
  abacus = await openTokenizer(abacusDirectory);
});
afterAll(() => rm(scratch, { recursive: true }));

async function golden(path: string): Promise<Golden> {
  return JSON.parse(await readFile(join(goldenDirectory, path), "utf8"));
}

describe.each([
  ["abacus", "abacus.json", () => abacusDirectory],
  ["a byte-level BPE of Qwen's kind", "qwen/golden.json", () => qwen],
  ["a byte-level BPE of Llama 3's kind", "llama3/golden.json", () => llama3],
])("%s agrees with Python's transformers", (_name, path, directory) => {
  it("on ids and on decoded text", async () => {
    const tokenizer = await openTokenizer(directory());
    const { cases, vocabularySize } = await golden(path);
    expect(tokenizer.vocabularySize).toBe(vocabularySize);
    for (const { text, ids, idsWithSpecial, decoded, withoutSpecial } of cases) {
      expect(tokenizer.encode(text), JSON.stringify(text)).toEqual(ids);
      expect(tokenizer.encode(text, { addSpecial: true }), JSON.stringify(text)).toEqual(idsWithSpecial ?? ids);
      expect(tokenizer.decode(ids), JSON.stringify(text)).toBe(decoded);
      expect(tokenizer.decode(ids, { skipSpecial: true }), JSON.stringify(text)).toBe(withoutSpecial);
    }
  });

  it("on rendered chats", async () => {
    const tokenizer = await openTokenizer(directory());
    for (const { messages, addGenerationPrompt, text } of (await golden(path)).chats) {
      expect(tokenizer.renderChat(messages, { addGenerationPrompt })).toBe(text);
    }
  });
});

describe("abacus", () => {
  it("round-trips every text of its alphabet", () => {
    const texts = fc.array(fc.constantFrom(...CHARACTER_TOKENS, ...WHOLE_TOKENS)).map((pieces) => pieces.join(""));
    fc.assert(fc.property(texts, (text) => abacus.decode(abacus.encode(text)) === text));
  });

  it("names its special tokens and stops at <|end|>", () => {
    expect(abacus.eosTokenIds.map(abacus.tokenText)).toEqual(["<|end|>"]);
    expect(abacus.specialTokenIds.map(abacus.tokenText)).toEqual([...SPECIAL_TOKENS]);
    expect(Array.from({ length: abacus.vocabularySize }, (_, id) => abacus.tokenText(id))).toEqual([...VOCABULARY]);
    expect(abacus.vocabularySize).toBeLessThanOrEqual(64);
  });

  it("gives each word, format and character one token", () => {
    for (const piece of [...WHOLE_TOKENS, ...CHARACTER_TOKENS]) expect(abacus.encode(piece), piece).toHaveLength(1);
  });
});

describe("folders", () => {
  it("render role lines where there is no template", async () => {
    const directory = join(scratch, "no-template");
    await cp(qwen, directory, { recursive: true });
    await changeConfig(directory, ({ chat_template: _, ...rest }) => rest);
    const tokenizer = await openTokenizer(directory);
    const messages = [
      { role: "system", content: "a" },
      { role: "user", content: "b" },
    ] as const;
    expect(tokenizer.renderChat(messages)).toBe("system: a\nuser: b\n");
  });

  it("take the stop ids of generation_config.json before the tokenizer's", async () => {
    const directory = join(scratch, "generation");
    await cp(qwen, directory, { recursive: true });
    const before = await openTokenizer(directory);
    expect(before.eosTokenIds.map(before.tokenText)).toEqual(["<|im_end|>"]);
    await writeFile(join(directory, "generation_config.json"), '{"eos_token_id": [5, 7]}');
    expect((await openTokenizer(directory)).eosTokenIds).toEqual([5, 7]);
  });

  it("take the template called default, and chat_template.jinja before all", async () => {
    const directory = join(scratch, "named");
    await cp(qwen, directory, { recursive: true });
    const named = [
      { name: "tools", template: "no" },
      { name: "default", template: "yes {{ eos_token }}" },
    ];
    await changeConfig(directory, (config) => ({ ...config, chat_template: named }));
    expect((await openTokenizer(directory)).renderChat([])).toBe("yes <|im_end|>");
    await writeFile(join(directory, "chat_template.jinja"), "file {{ messages[0].content }}");
    expect((await openTokenizer(directory)).renderChat([{ role: "user", content: "x" }])).toBe("file x");
  });

  it("write the date they are told, or today's", async () => {
    const directory = join(scratch, "dated");
    await cp(qwen, directory, { recursive: true });
    await writeFile(join(directory, "chat_template.jinja"), "{{ strftime_now('%Y-%m-%d') }}");
    const tokenizer = await openTokenizer(directory);
    expect(tokenizer.renderChat([], { date: new Date("2025-12-31T23:59:59Z") })).toBe("2025-12-31");
    const before = new Date().toISOString().slice(0, 10);
    expect([before, new Date().toISOString().slice(0, 10)]).toContain(tokenizer.renderChat([]));
  });

  it("are refused with what is wrong", async () => {
    await expect(openTokenizer(join(scratch, "nowhere"))).rejects.toThrow(/nowhere has no tokenizer\.json/);
    const directory = join(scratch, "broken");
    await cp(qwen, directory, { recursive: true });
    await changeConfig(directory, (config) => ({ ...config, chat_template: "{% if %}" }));
    await expect(openTokenizer(directory)).rejects.toThrow(/chat template of .*broken cannot be parsed/);
    await changeConfig(directory, (config) => ({
      ...config,
      chat_template: "{{ raise_exception('no system role') }}",
    }));
    const tokenizer = await openTokenizer(directory);
    expect(() => tokenizer.renderChat([])).toThrow(/refuses these messages: no system role/);
    await writeFile(join(directory, "tokenizer.json"), "{");
    await expect(openTokenizer(directory)).rejects.toThrow(/tokenizer\.json is not JSON/);
  });
});

async function changeConfig(
  directory: string,
  change: (config: Record<string, unknown>) => Record<string, unknown>,
): Promise<void> {
  const path = join(directory, "tokenizer_config.json");
  await writeFile(path, JSON.stringify(change(JSON.parse(await readFile(path, "utf8")))));
}
