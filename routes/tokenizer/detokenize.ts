import { endpoint } from "../edge/endpoint.ts";
import { bodyErrors, errorResponses } from "../wire/problem-schema.ts";
import { DetokenizedSchema, DetokenizeSchema } from "./tokenizer-schema.ts";

export const detokenize = endpoint(
  {
    method: "post",
    path: "/detokenize",
    operationId: "tokens_decode",
    tags: ["completions"],
    summary: "Token ids to text",
    description: "vLLM's route. Special tokens are written out.",
    request: { body: { required: true, content: { "application/json": { schema: DetokenizeSchema } } } },
    responses: {
      200: { description: "The text.", content: { "application/json": { schema: DetokenizedSchema } } },
      ...errorResponses([...bodyErrors, "not-found", "pruned", "invalid-value", "engine-crashed"], "openai"),
    },
  },
  async (c) => {
    const { model, tokens } = c.req.valid("json");
    const prompt = await c.var.services.tokenizer.detokenize({ model: model ?? undefined, tokenIds: tokens });
    return c.json({ prompt }, 200);
  },
  { maxBodyBytes: 8 * 1024 * 1024 },
);
