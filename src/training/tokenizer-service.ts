/** Text to token ids and back, as the model does it. */
import type { Environment } from "./environment.ts";
import { type ModelService, ServiceError, type TokenizerService } from "./services.ts";
import { unknownToken } from "./token-ids.ts";

export function createTokenizerService(environment: Environment, models: Pick<ModelService, "get">): TokenizerService {
  const open = async (model: string | undefined) => {
    const policy = await environment.policy.get();
    if (model !== undefined) models.get(model);
    return policy;
  };
  return {
    tokenize: async ({ model, text, addSpecial }) => {
      const policy = await open(model);
      const { tokenizer } = policy;
      const plain = typeof text === "string" ? text : tokenizer.renderChat(text.messages, text);
      const tokenIds = tokenizer.encode(plain, { addSpecial });
      const tokens = tokenIds.map((tokenId) => tokenizer.decode([tokenId]));
      return { tokenIds, tokens, contextLength: policy.model.contextLength };
    },
    detokenize: async ({ model, tokenIds }) => {
      const policy = await open(model);
      const unknown = unknownToken(tokenIds, policy.model);
      if (unknown !== null)
        throw new ServiceError("invalid-value", unknown.message, { field: "tokens", value: unknown.tokenId });
      return policy.tokenizer.decode(tokenIds);
    },
    describe: async () => {
      const { tokenizer, model } = await open(undefined);
      return { ...tokenizer.description, contextLength: model.contextLength };
    },
  };
}
