import { endpoint } from "../edge/endpoint.ts";
import { errorResponses } from "../wire/problem-schema.ts";
import { TokenizerInfoSchema, tokenizerInfoView } from "./tokenizer-schema.ts";

export const getTokenizerInfo = endpoint(
  {
    method: "get",
    path: "/tokenizer_info",
    operationId: "tokenizer_get",
    tags: ["completions"],
    summary: "Special tokens and chat template",
    description: "vLLM's route; lm-evaluation-harness reads it to tokenize as the model does.",
    responses: {
      200: { description: "The tokenizer.", content: { "application/json": { schema: TokenizerInfoSchema } } },
      ...errorResponses(["engine-crashed"], "openai"),
    },
  },
  async (c) => c.json(tokenizerInfoView(await c.var.services.tokenizer.describe()), 200),
);
