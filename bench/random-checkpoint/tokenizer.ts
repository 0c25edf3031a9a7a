/**
 * A tokenizer of any size for models that know nothing. Ids: the end of a text, all 256 bytes, then words that are chosen so
 * that ids drawn at random now and then spell what a run can use: half of them are questions, half are boxed answers, of four
 * values only. Two ids in a row are a well-formed proposal once in four times, and answers agree once in four times.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

export const endOfText = "<|endoftext|>";

/** As GPT-2 writes a byte as one visible character; its words and ours hold nothing else. */
const byteCharacters: readonly string[] = (() => {
  const visible = (byte: number) => (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(visible(byte) ? byte : next++));
})();

const written = (text: string): string =>
  [...new TextEncoder().encode(text)].map((byte) => byteCharacters[byte]!).join("");

/** A sum of two numbers below 1000; distinct for each n below a million. */
const question = (n: number): string => `<question>${Math.floor(n / 1000)}+${n % 1000}</question>`;

/** The space after it counts n in binary and is no part of the answer. */
const answer = (n: number): string =>
  `\\boxed{${n % 4}}${[...Math.floor(n / 4).toString(2)].map((bit) => (bit === "1" ? "\n" : " ")).join("")}`;

/** Text of each id. */
export function randomVocabulary(size: number): readonly string[] {
  const bytes = 257;
  const words = Array.from({ length: size - bytes }, (_, i) => (i % 2 === 0 ? question(i >> 1) : answer(i >> 1)));
  return [endOfText, ...byteCharacters, ...words.map(written)];
}

/** Every message followed by a line break; nothing marks who speaks. */
const chatTemplate = "{%- for message in messages -%}{{ message['content'] + '\\n' }}{%- endfor -%}";

/** tokenizer.json and tokenizer_config.json. */
export async function writeRandomTokenizer(directory: string, size: number, contextLength: number): Promise<void> {
  const end = {
    content: endOfText,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  };
  const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: false, use_regex: false };
  const files = {
    "tokenizer.json": {
      version: "1.0",
      truncation: null,
      padding: null,
      added_tokens: [{ id: 0, ...end }],
      normalizer: null,
      pre_tokenizer: byteLevel,
      post_processor: null,
      decoder: byteLevel,
      model: {
        type: "BPE",
        dropout: null,
        unk_token: null,
        continuing_subword_prefix: null,
        end_of_word_suffix: null,
        fuse_unk: false,
        byte_fallback: false,
        ignore_merges: false,
        vocab: Object.fromEntries(randomVocabulary(size).map((token, id) => [token, id])),
        merges: [], // a text is encoded byte by byte; the words are for writing
      },
    },
    "tokenizer_config.json": {
      tokenizer_class: "PreTrainedTokenizerFast",
      added_tokens_decoder: { "0": end },
      chat_template: chatTemplate,
      clean_up_tokenization_spaces: false,
      eos_token: endOfText,
      pad_token: endOfText,
      model_max_length: contextLength,
    },
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(directory, name), JSON.stringify(content));
}
