/** The text of tokens as they come, never half a character: what a tokenizer shows as U+FFFD may still become one. */

/** Tokens decoded again before new ones: a tokenizer may write the first token of a text differently from later ones. */
const contextTokens = 4;

export class GrowingText {
  readonly #decode: (tokenIds: readonly number[]) => string;
  #context: readonly number[] = [];
  #contextLength = 0;
  /** Tokens since the text last ended in a whole character. */
  #open: number[] = [];
  /** How much of the text of the open tokens has been given out. */
  #given = 0;

  constructor(decode: (tokenIds: readonly number[]) => string) {
    this.#decode = decode;
  }

  /** True if all tokens have been given out as text. */
  get whole(): boolean {
    return this.#open.length === 0;
  }

  /** @returns what this token makes certain; often "" within a character. */
  push(tokenId: number): string {
    this.#open.push(tokenId);
    const text = this.#decode([...this.#context, ...this.#open]).slice(this.#contextLength);
    const certain = text.replace(/\ufffd+$/, "");
    const news = certain.slice(this.#given);
    this.#given = certain.length;
    if (certain.length === text.length) {
      this.#context = [...this.#context, ...this.#open].slice(-contextTokens);
      this.#contextLength = this.#decode(this.#context).length;
      this.#open = [];
      this.#given = 0;
    }
    return news;
  }
}
