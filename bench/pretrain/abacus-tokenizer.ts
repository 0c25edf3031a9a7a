/**
 * The tokenizer of `abacus`, the embedded model: one token per character of arithmetic, a few words and formats that
 * every question or answer repeats. 60 tokens, so the embedding table is small and an answer of two digits is two
 * predictions. The files are ordinary Hugging Face ones and load in transformers.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Ids 0-4. Never produced by ordinary text, left out of decoded answers. */
export const abacusSpecials = ["<|pad|>", "<|user|>", "<|assistant|>", "<|end|>", "<unk>"] as const;

/** Ids of characters follow the specials'. */
export const abacusCharacters = [..."0123456789+-*()=,:?. }abcdefghijklmnopqrstuvwxyz"];

/** Tokens longer than a character, matched before anything else, longest first. */
export const abacusWords = [
  "<question>",
  "</question>",
  "\\boxed{",
  "larger of ",
  "smaller of ",
  " and ",
  "propose",
] as const;

const [pad, user, assistant, end, unknown] = abacusSpecials;

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
  const words = abacusSpecials.length + abacusCharacters.length;
  const added: AddedToken[] = [
    ...abacusSpecials.map((content, id) => addedToken(id, content, true)),
    ...abacusWords.map((content, index) => addedToken(words + index, content, false)),
  ];
  const vocabulary = [...abacusSpecials, ...abacusCharacters, ...abacusWords];
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
        vocab: Object.fromEntries(vocabulary.map((token, id) => [token, id])),
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

export const abacusVocabularySize = abacusSpecials.length + abacusCharacters.length + abacusWords.length;
export const abacusEosTokenId = abacusSpecials.indexOf(end);
export const abacusPadTokenId = abacusSpecials.indexOf(pad);

function addedToken(id: number, content: string, special: boolean): AddedToken {
  return { id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special };
}

/** Writes the tokenizer's files into `directory`, which is made if need be. */
export async function writeAbacusTokenizer(directory: string, contextLength: number): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const [name, content] of Object.entries(abacusTokenizerFiles(contextLength))) {
    await writeFile(join(directory, name), `${JSON.stringify(content, null, 2)}\n`);
  }
}
