import { messagesOf } from "../completions/chat-completion-schema.ts";
import { endpoint } from "../edge/endpoint.ts";
import { bodyErrors, errorResponses } from "../wire/problem-schema.ts";
import { TokenizedSchema, TokenizeSchema } from "./tokenizer-schema.ts";

export const tokenize = endpoint(
  {
    method: "post",
    path: "/tokenize",
    operationId: "tokens_encode",
    tags: ["completions"],
    summary: "Text or a chat to token ids",
    description: "vLLM's route: what `/v1/completions` makes of the same prompt.",
    request: { body: { required: true, content: { "application/json": { schema: TokenizeSchema } } } },
    responses: {
      200: { description: "The tokens.", content: { "application/json": { schema: TokenizedSchema } } },
      ...errorResponses([...bodyErrors, "not-found", "pruned", "engine-crashed"], "openai"),
    },
  },
  async (c) => {
    const body = c.req.valid("json");
    const chat = body.messages && {
      messages: messagesOf(body.messages),
      addGenerationPrompt: body.add_generation_prompt ?? true,
    };
    const { tokenIds, tokens, contextLength } = await c.var.services.tokenizer.tokenize({
      model: body.model ?? undefined,
      text: chat ?? body.prompt ?? "",
      addSpecial: body.add_special_tokens ?? chat === undefined,
    });
    const token_strs = body.return_token_strs === true ? [...tokens] : null;
    return c.json({ count: tokenIds.length, max_model_len: contextLength, tokens: [...tokenIds], token_strs }, 200);
  },
  { maxBodyBytes: 8 * 1024 * 1024 },
);
