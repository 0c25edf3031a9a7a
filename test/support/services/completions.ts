/** A model of one token per character that writes the prompt backwards; enough to see every field of the wire. */
import {
  type ChatRequest,
  type CompletionChoice,
  type CompletionPiece,
  type CompletionRequest,
  type CompletionService,
  type CompletionStream,
  type ModelService,
  type ServedModel,
  ServiceError,
  type TokenizerService,
} from "../../../src/training/services.ts";

export const baseDigest = `sha256:${"0".repeat(64)}`;

export const contextLength = 64;

function tokensOf(text: string): { token: string; tokenId: number; logprob: number }[] {
  return [...text].map((token, index) => ({ token, tokenId: token.charCodeAt(0), logprob: -0.125 * (index + 1) }));
}

export function inMemoryModels(policies: () => readonly string[]): ModelService {
  const served = (id: string, kind: ServedModel["kind"]): ServedModel => ({
    id,
    created: 1_787_391_000,
    kind,
    digest: baseDigest,
    contextLength,
    parameters: 790_528,
  });
  const list = (): ServedModel[] => [served("abacus", "base"), ...policies().map((id) => served(id, "policy"))];
  return {
    list,
    get: (id) => {
      const model = list().find((each) => each.id === id);
      if (model === undefined) {
        throw new ServiceError("not-found", `There is no model ${id}.`, { field: "model", value: id });
      }
      return model;
    },
  };
}

export function inMemoryCompletions(models: ModelService): CompletionService {
  const complete = async (request: CompletionRequest) => {
    const { digest } = models.get(request.model);
    let promptTokens = 0;
    let completionTokens = 0;
    const choices: CompletionChoice[] = request.prompts.flatMap((prompt, promptIndex) => {
      const text = typeof prompt === "string" ? prompt : String.fromCharCode(...prompt);
      if (text === "crash") throw new ServiceError("engine-crashed", "The engine exited with signal SIGKILL.");
      if (text === "stop it") throw new ServiceError("cancelled", "Cancelled while it was sampled.");
      if (text === "queue") throw new ServiceError("too-many-queued", "64 requests are waiting; at most 64 may.");
      if (text === "explode") throw new Error("secret of the inside");
      if (text.length + request.maxTokens > contextLength) {
        throw new ServiceError(
          "context-length-exceeded",
          `The prompt has ${text.length} tokens and ${request.maxTokens} are to be written, but the model reads ${contextLength}.`,
          { field: "prompt", value: text },
        );
      }
      promptTokens += text.length;
      const all = [...text].reverse().join("");
      const stopped = request.stop.map((stop) => all.indexOf(stop)).filter((at) => at >= 0);
      const written = all.slice(0, Math.min(request.maxTokens, ...stopped));
      const shown = request.echo ? text + written : written;
      return Array.from({ length: request.n }, (_, sample): CompletionChoice => {
        completionTokens += written.length;
        const entries = tokensOf(shown).map((token, index) => ({
          ...token,
          logprob: request.echo && index === 0 ? null : token.logprob,
          top: [token, { token: "?", tokenId: 63, logprob: -9 }].slice(0, request.logprobs ?? 0),
        }));
        return {
          index: promptIndex * request.n + sample,
          text: shown,
          tokenIds: tokensOf(shown).map(({ tokenId }) => tokenId),
          finishReason: written.length < all.length && stopped.length === 0 ? "length" : "stop",
          logprobs: request.logprobs === null ? null : entries,
        };
      });
    });
    return { model: request.model, weights: digest, choices, promptTokens, completionTokens };
  };
  /** Two pieces where there are two characters: enough to see that a stream is not one answer. "break" breaks in between. */
  const stream = async (request: CompletionRequest): Promise<CompletionStream> => {
    const { choices, ...head } = await complete(request);
    async function* pieces(): AsyncGenerator<CompletionPiece> {
      for (const choice of choices) {
        const ends = choice.tokenIds.length > 1 ? [1, choice.tokenIds.length] : [choice.tokenIds.length];
        for (const [piece, to] of ends.entries()) {
          if (request.prompts[0] === "break" && piece > 0) throw new ServiceError("engine-crashed", "It broke.");
          const from = piece === 0 ? 0 : ends[piece - 1]!;
          yield {
            index: choice.index,
            text: choice.text.slice(from, to),
            tokenIds: choice.tokenIds.slice(from, to),
            logprobs: choice.logprobs?.slice(from, to) ?? null,
            finishReason: to === choice.tokenIds.length ? choice.finishReason : null,
            newTokens: request.echo ? 0 : to - from,
          };
        }
      }
    }
    return { model: head.model, weights: head.weights, promptTokens: head.promptTokens, pieces: pieces() };
  };
  const asText = ({ messages, ...request }: ChatRequest) => ({
    ...request,
    echo: false,
    prompts: [messages.map(({ content }) => content).join("")],
  });
  return {
    complete,
    stream,
    chat: (request) => complete(asText(request)),
    streamChat: (request) => stream(asText(request)),
  };
}

export function inMemoryTokenizer(models: ModelService): TokenizerService {
  return {
    tokenize: async ({ model, text, addSpecial }) => {
      if (model !== undefined) models.get(model);
      const plain = typeof text === "string" ? text : text.messages.map(({ content }) => content).join("");
      const tokens = tokensOf(addSpecial ? `^${plain}` : plain);
      return {
        tokenIds: tokens.map(({ tokenId }) => tokenId),
        tokens: tokens.map(({ token }) => token),
        contextLength,
      };
    },
    detokenize: async ({ model, tokenIds }) => {
      if (model !== undefined) models.get(model);
      const unknown = tokenIds.find((id) => id > 0xffff);
      if (unknown !== undefined) {
        throw new ServiceError("invalid-value", `There is no token ${unknown}.`, { field: "tokens", value: unknown });
      }
      return String.fromCharCode(...tokenIds);
    },
    describe: async () => ({
      class: "Characters",
      bosToken: "^",
      eosToken: null,
      padToken: null,
      unkToken: null,
      chatTemplate: null,
      contextLength,
    }),
  };
}
