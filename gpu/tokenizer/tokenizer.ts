/** Text to token ids and back, from the files of a Hugging Face folder. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Tokenizer as HuggingFaceTokenizer } from "@huggingface/tokenizers";
import { type ChatMessage, type ChatRenderer, chatRenderer } from "./chat-template.ts";
import { DecodeStream } from "./decode-stream.ts";
import { TokenizerError } from "./tokenizer-error.ts";

export interface TokenizerDescription {
  readonly class: string | null;
  readonly bosToken: string | null;
  readonly eosToken: string | null;
  readonly padToken: string | null;
  readonly unkToken: string | null;
  /** Jinja source. */
  readonly chatTemplate: string | null;
}

export interface Tokenizer {
  /**
   * Token ids of `text`. Special tokens written in the text are recognised.
   * @param options.addSpecial also add what the model's post-processor adds (a BOS, say): for plain text, never for a
   *   rendered chat, whose template writes its own. Default false.
   */
  encode(text: string, options?: { addSpecial?: boolean }): number[];
  /**
   * The text of `tokenIds`, with nothing tidied: spaces before punctuation stay. Ids beyond the vocabulary, which a padded
   * embedding table has, are no text.
   * @param options.skipSpecial leave special tokens out. Default false.
   */
  decode(tokenIds: readonly number[], options?: { skipSpecial?: boolean }): string;
  /** `decode` for tokens that come one after the other. */
  decodeStream(options?: { skipSpecial?: boolean }): DecodeStream;
  /**
   * Through the model's chat template, or as `role: content` lines where it has none.
   * @param options.date what a template that writes the date writes; default now.
   * @throws TokenizerError
   */
  renderChat(messages: readonly ChatMessage[], options?: { addGenerationPrompt?: boolean; date?: Date }): string;
  /** As tokenizer_config.json and chat_template.jinja say; null where they say nothing. */
  readonly description: TokenizerDescription;
  /** Ids that end a turn: generation_config.json, else config.json, else the tokenizer's own EOS. */
  readonly eosTokenIds: readonly number[];
  /** Ascending. */
  readonly specialTokenIds: readonly number[];
  /** Largest id + 1. A model's embedding table may be longer (padding), never shorter. */
  readonly vocabularySize: number;
  /** What one id stands for, as text; U+FFFD where it is part of a character. */
  tokenText(tokenId: number): string;
}

/**
 * Reads tokenizer.json and tokenizer_config.json (required), chat_template.jinja, generation_config.json and config.json
 * (used where present) of `directory`. Once; everything afterwards is synchronous and pure.
 * @throws TokenizerError naming the file.
 */
export async function openTokenizer(directory: string): Promise<Tokenizer> {
  const [model, config, generation, modelConfig] = await Promise.all([
    readJson(join(directory, "tokenizer.json")),
    readJson(join(directory, "tokenizer_config.json")),
    readJson(join(directory, "generation_config.json")),
    readJson(join(directory, "config.json")),
  ]);
  if (model === null || config === null) {
    const missing = model === null ? "tokenizer.json" : "tokenizer_config.json";
    throw new TokenizerError(`${directory} has no ${missing}`);
  }
  const inner = buildInner(model, config, directory);
  const ids = [...inner.get_vocab(true).values()];
  const eosText = tokenContent(config.eos_token);
  const specialTokens = {
    bos_token: tokenContent(config.bos_token),
    eos_token: eosText,
    pad_token: tokenContent(config.pad_token),
    unk_token: tokenContent(config.unk_token),
  };
  const jinja = await readText(join(directory, "chat_template.jinja"));
  const template = jinja ?? config.chat_template;
  const render: ChatRenderer = chatRenderer(template, specialTokens, directory);
  const eosFromTokenizer = eosText === undefined ? undefined : inner.token_to_id(eosText);
  const eosTokenIds = idList(generation?.eos_token_id) ?? idList(modelConfig?.eos_token_id) ?? idList(eosFromTokenizer);
  const specialTokenIds = [...inner.get_added_tokens_decoder()]
    .filter(([, token]) => token.special)
    .map(([id]) => id)
    .sort((a, b) => a - b);
  const isSpecial = new Set(specialTokenIds);
  const speaks = (id: number, skipSpecial: boolean) =>
    inner.id_to_token(id) !== undefined && !(skipSpecial && isSpecial.has(id));
  const decode = (tokenIds: readonly number[], skipSpecial: boolean) => {
    const spoken = tokenIds.filter((id) => speaks(id, skipSpecial));
    // The library has nothing to decode in an empty list and throws.
    return spoken.length === 0 ? "" : inner.decode(spoken, { clean_up_tokenization_spaces: false });
  };
  return {
    encode: (text, { addSpecial = false } = {}) => inner.encode(text, { add_special_tokens: addSpecial }).ids,
    decode: (tokenIds, { skipSpecial = false } = {}) => decode(tokenIds, skipSpecial),
    decodeStream: ({ skipSpecial = false } = {}) =>
      new DecodeStream({
        decode: (tokenIds) => decode(tokenIds, skipSpecial),
        speaks: (id) => speaks(id, skipSpecial),
      }),
    renderChat: (messages, { addGenerationPrompt = true, date = new Date() } = {}) =>
      render(messages, addGenerationPrompt, date),
    description: {
      class: typeof config.tokenizer_class === "string" ? config.tokenizer_class : null,
      bosToken: specialTokens.bos_token ?? null,
      eosToken: specialTokens.eos_token ?? null,
      padToken: specialTokens.pad_token ?? null,
      unkToken: specialTokens.unk_token ?? null,
      chatTemplate: typeof template === "string" ? template : null,
    },
    eosTokenIds: eosTokenIds ?? [],
    specialTokenIds,
    vocabularySize: ids.reduce((most, id) => Math.max(most, id), -1) + 1,
    tokenText: (tokenId) => decode([tokenId], false),
  };
}

function buildInner(model: object, config: object, directory: string): HuggingFaceTokenizer {
  try {
    return new HuggingFaceTokenizer(model, config);
  } catch (cause) {
    throw new TokenizerError(`${directory}: tokenizer.json cannot be used: ${(cause as Error).message}`, { cause });
  }
}

/** One id, a list, or nothing to say. */
function idList(value: unknown): readonly number[] | undefined {
  if (value === undefined || value === null) return undefined;
  return (Array.isArray(value) ? value : [value]).filter((id): id is number => Number.isSafeInteger(id));
}

/** A special token is written as its text or as an object with its text in `content`. */
function tokenContent(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  const content = (value as { content?: unknown } | null | undefined)?.content;
  return typeof content === "string" ? content : undefined;
}

async function readText(path: string): Promise<string | null> {
  return readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return null;
    throw new TokenizerError(`${path} cannot be read: ${cause.message}`, { cause });
  });
}

/** null where there is no such file. */
async function readJson(path: string): Promise<Record<string, unknown> | null> {
  const text = await readText(path);
  if (text === null) return null;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TokenizerError(`${path} is not JSON: ${(cause as Error).message}`, { cause });
  }
}
