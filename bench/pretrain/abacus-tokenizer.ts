/**
 * The tokenizer of `abacus`, the embedded model, from its domain's vocabulary: one token per character of arithmetic,
 * and the few words and formats that questions and answers repeat. The files are ordinary Hugging Face ones and load in
 * transformers.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SPECIAL_TOKENS, VOCABULARY, WHOLE_TOKENS } from "../../src/domains/arithmetic/vocabulary.ts";

const [pad, unknown, user, assistant, end] = SPECIAL_TOKENS;

/**
 * A user's or system's turn is `<|user|>content`, an assistant's `<|assistant|>content<|end|>`; the next turn's mark
 * ends the one before it.
 */
const chatTemplate = [
  "{%- for message in messages -%}",
  `{%- if message['role'] == 'assistant' -%}{{ '${assistant}' + message['content'] + '${end}' }}`,
  `{%- else -%}{{ '${user}' + message['content'] }}{%- endif -%}`,
  "{%- endfor -%}",
  `{%- if add_generation_prompt -%}{{ '${assistant}' }}{%- endif -%}`,
].join("");

interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly single_word: boolean;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  readonly normalized: boolean;
  readonly special: boolean;
}

/** The three files, by name, as objects. */
export function abacusTokenizerFiles(contextLength: number): Record<string, unknown> {
  const added = [
    ...SPECIAL_TOKENS.map((content) => addedToken(content, true)),
    ...WHOLE_TOKENS.map((content) => addedToken(content, false)),
  ];
  return {
    "tokenizer.json": {
      version: "1.0",
      truncation: null,
      padding: null,
      added_tokens: added,
      normalizer: null,
      pre_tokenizer: null,
      post_processor: null,
      // Without a decoder the pieces would be joined with spaces.
      decoder: { type: "Fuse" },
      // BPE without merges is a character table; what is not in it becomes <unk>, one per character.
      model: {
        type: "BPE",
        dropout: null,
        unk_token: unknown,
        continuing_subword_prefix: null,
        end_of_word_suffix: null,
        fuse_unk: false,
        byte_fallback: false,
        ignore_merges: false,
        vocab: Object.fromEntries(VOCABULARY.map((token, id) => [token, id])),
        merges: [],
      },
    },
    "tokenizer_config.json": {
      tokenizer_class: "PreTrainedTokenizerFast",
      added_tokens_decoder: Object.fromEntries(added.map(({ id, ...token }) => [String(id), token])),
      chat_template: chatTemplate,
      clean_up_tokenization_spaces: false,
      eos_token: end,
      pad_token: pad,
      unk_token: unknown,
      model_max_length: contextLength,
      padding_side: "left",
    },
    "special_tokens_map.json": { eos_token: end, pad_token: pad, unk_token: unknown },
  };
}

export const abacusEosTokenId = VOCABULARY.indexOf(end);
export const abacusPadTokenId = VOCABULARY.indexOf(pad);

function addedToken(content: string, special: boolean): AddedToken {
  return {
    id: VOCABULARY.indexOf(content),
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special,
  };
}

/** Writes the tokenizer's files into `directory`, which is made if need be. */
export async function writeAbacusTokenizer(directory: string, contextLength: number): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const [name, content] of Object.entries(abacusTokenizerFiles(contextLength))) {
    await writeFile(join(directory, name), `${JSON.stringify(content, null, 2)}\n`);
  }
}
