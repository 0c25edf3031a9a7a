/** Chats rendered through templates in the manner of Qwen3, Qwen2.5 and Llama 3, against transformers. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type ChatMessage, chatRenderer } from "../../../gpu/tokenizer/chat-template.ts";
import { strftime } from "../../../gpu/tokenizer/strftime.ts";

interface Case {
  readonly messages: readonly ChatMessage[];
  readonly addGenerationPrompt: boolean;
  /** One of the two. */
  readonly text?: string;
  readonly error?: string;
}

const read = (file: string) => readFileSync(new URL(`../../golden/tokenizer/chat/${file}`, import.meta.url), "utf8");
const golden: {
  readonly now: string;
  readonly cases: Readonly<Record<string, readonly Case[]>>;
  readonly dates: readonly { readonly format: string; readonly text: string }[];
} = JSON.parse(read("golden.json"));
const now = new Date(golden.now);
const specialTokens = { bos_token: "<|begin_of_text|>", eos_token: "<|eot_id|>" };

describe.each(Object.entries(golden.cases))("%s", (name, cases) => {
  const render = chatRenderer(read(`${name}.jinja`), specialTokens, name);

  it.each(cases)(
    "$messages, generation prompt: $addGenerationPrompt",
    ({ messages, addGenerationPrompt, ...golden }) => {
      if (golden.error === undefined) expect(render(messages, addGenerationPrompt, now)).toBe(golden.text);
      else
        expect(() => render(messages, addGenerationPrompt, now)).toThrow(
          `${name} refuses these messages: ${golden.error}`,
        );
    },
  );
});

describe("dates", () => {
  it.each(golden.dates)("$format as Python writes it", ({ format, text }) => {
    expect(strftime(now, format)).toBe(text);
  });

  it("are refused by name where a conversion is unknown", () => {
    const render = chatRenderer("{{ strftime_now('%Y %Q') }}", {}, "x");
    expect(() => render([], false, now)).toThrow(
      "the chat template of x refuses these messages: strftime_now knows no %Q",
    );
  });
});
