/** Text of tokens as they come, in pieces that no later token can change. */

/** What a stream needs of a tokenizer. */
export interface StreamSource {
  decode(tokenIds: readonly number[]): string;
  /** False for ids that add nothing to a text: unknown ones, and special ones that are left out. */
  speaks(tokenId: number): boolean;
}

/**
 * A character has at most four bytes and a token at least one, so an incomplete character begins within the last three
 * tokens; the fourth keeps a complete one whole.
 */
const contextTokens = 4;

/**
 * The pieces, one after the other and with what `flush` gives at the end, are `decode` of all tokens; no character is
 * split, and U+FFFD appears only where it stays. Each token costs two decodings of at most five tokens: decoding the
 * last few tokens without and with a new one tells what it adds, because a text's beginning does not change as it grows,
 * but for a last character that is incomplete and shows as one U+FFFD.
 */
export class DecodeStream {
  readonly #source: StreamSource;
  #context: readonly number[] = [];
  /** The text so far ends in a U+FFFD that was not given out: it may yet become a character. */
  #held = false;

  constructor(source: StreamSource) {
    this.#source = source;
  }

  /** All of it has been given out: nothing is held. */
  get whole(): boolean {
    return !this.#held;
  }

  /** @returns what is final now and was not before; often "" while a character is incomplete. */
  push(...tokenIds: readonly number[]): string {
    return tokenIds.map((id) => this.#add(id)).join("");
  }

  /** Ends the text: what was held stays U+FFFD. The stream can be used for another text afterwards. */
  flush(): string {
    const rest = this.#held ? replacement : "";
    this.#context = [];
    this.#held = false;
    return rest;
  }

  #add(id: number): string {
    if (!this.#source.speaks(id)) return "";
    const before = this.#source.decode(this.#context);
    const longer = [...this.#context, id];
    const after = this.#source.decode(longer);
    const given = before.length - (this.#held ? replacement.length : 0);
    this.#held = after.endsWith(replacement);
    this.#context = longer.slice(-contextTokens);
    return after.slice(given, this.#held ? -replacement.length : undefined);
  }
}

const replacement = "\ufffd";
