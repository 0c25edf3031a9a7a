/** Tokenizing on the wire: vLLM's three routes, as EleutherAI's lm-evaluation-harness and others ask them. */
import { z } from "@hono/zod-openapi";
import type { TokenizerService } from "../../src/training/services.ts";
import { ChatMessageSchema } from "../completions/chat-completion-schema.ts";
import { TokenIdSchema } from "../wire/field-schemas.ts";

const model = z.string().min(1).max(500).nullish().openapi({
  description: "All models share a tokenizer; one that is named must exist.",
  example: "abacus",
});

export const TokenizeSchema = z
  .strictObject({
    model,
    prompt: z.string().max(1_000_000).optional().openapi({ description: "Plain text." }),
    messages: z.array(ChatMessageSchema).min(1).max(1024).optional().openapi({
      description: "A chat, rendered through the model's template.",
    }),
    add_special_tokens: z.boolean().nullish().openapi({
      description:
        "Also what the model wants around a text (a BOS, say); true for a prompt, false for a chat unless told.",
    }),
    add_generation_prompt: z.boolean().nullish().openapi({
      description: "End a chat where the assistant begins; true unless told.",
    }),
    return_token_strs: z.boolean().nullish().openapi({ description: "Answer the text of each token too." }),
  })
  .refine(({ prompt, messages }) => (prompt === undefined) !== (messages === undefined), {
    path: ["prompt"],
    message: "Give either prompt or messages.",
  })
  .openapi("Tokenize", { example: { prompt: "12+18-2", return_token_strs: true } });

export const TokenizedSchema = z
  .object({
    count: z.number().int(),
    max_model_len: z.number().int(),
    tokens: z.array(z.number().int()),
    token_strs: z.array(z.string()).nullable(),
  })
  .openapi("Tokenized", {
    example: { count: 3, max_model_len: 256, tokens: [13, 14, 22], token_strs: ["1", "2", "+"] },
  });

export const DetokenizeSchema = z
  .strictObject({ model, tokens: z.array(TokenIdSchema).max(1_000_000) })
  .openapi("Detokenize", { example: { tokens: [13, 14, 22] } });

export const DetokenizedSchema = z
  .object({ prompt: z.string() })
  .openapi("Detokenized", { example: { prompt: "12+" } });

const special = z.string().nullable();

export const TokenizerInfoSchema = z
  .object({
    tokenizer_class: z.string().nullable(),
    bos_token: special,
    eos_token: special,
    pad_token: special,
    unk_token: special,
    chat_template: z.string().nullable().openapi({ description: "Jinja." }),
    model_max_length: z.number().int(),
  })
  .openapi("TokenizerInfo", {
    example: {
      tokenizer_class: "PreTrainedTokenizerFast",
      bos_token: null,
      eos_token: "<|end|>",
      pad_token: "<|pad|>",
      unk_token: "<unk>",
      chat_template: "{% for message in messages %}{{ message['content'] }}{% endfor %}",
      model_max_length: 256,
    },
  });

export function tokenizerInfoView(
  info: Awaited<ReturnType<TokenizerService["describe"]>>,
): z.infer<typeof TokenizerInfoSchema> {
  return {
    tokenizer_class: info.class,
    bos_token: info.bosToken,
    eos_token: info.eosToken,
    pad_token: info.padToken,
    unk_token: info.unkToken,
    chat_template: info.chatTemplate,
    model_max_length: info.contextLength,
  };
}
