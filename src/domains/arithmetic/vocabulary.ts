/**
 * Every token of a character-level model of this domain, in id order: specials, formats, word tokens, characters. The
 * model's tokenizer is built from this list: all of `SPECIAL_TOKENS` and `WHOLE_TOKENS` are matched whole, the rest is
 * one character each. A turn is `<|user|>` prompt `<|assistant|>` completion `<|end|>`.
 */

/** Never appear in a question or completion. */
export const SPECIAL_TOKENS = ["<|pad|>", "<unk>", "<|user|>", "<|assistant|>", "<|end|>"] as const;

/** Several characters that are one token. */
export const WHOLE_TOKENS = [
  "<question>",
  "</question>",
  "\\boxed{",
  "propose",
  "larger of ",
  "smaller of ",
  " and ",
] as const;

export const CHARACTER_TOKENS: readonly string[] = [..."0123456789+-*(),}=:?. abcdefghijklmnopqrstuvwxyz"];

/** At most 64. */
export const VOCABULARY: readonly string[] = [...SPECIAL_TOKENS, ...WHOLE_TOKENS, ...CHARACTER_TOKENS];
