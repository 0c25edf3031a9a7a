/** A completion told piece by piece: whole characters, nothing of a stop string, tokens as soon as their text is told. */
import type { Completion, CompletionPiece, TextStream } from "./policy.ts";
import { scanForStops } from "./stop-strings.ts";

export interface PieceWriterOptions {
  readonly text: TextStream;
  /** Tokens that end a turn are no text. */
  readonly eosTokenIds: readonly number[];
  readonly stop: readonly string[];
  readonly onPiece: (
    piece: Pick<CompletionPiece, "tokenIds" | "text" | "sampledLogprobs" | "rawLogprobs" | "finishReason">,
  ) => void;
}

export class PieceWriter {
  readonly #options: PieceWriterOptions;
  readonly tokenIds: number[] = [];
  readonly sampledLogprobs: number[] = [];
  readonly rawLogprobs: number[] = [];
  /** [token] length of the text up to its end, as far as it is known */
  readonly #ends: number[] = [];
  /** Text that is certain as characters, but not told. */
  #held = "";
  #toldText = 0;
  #toldTokens = 0;
  #stopMet = false;

  constructor(options: PieceWriterOptions) {
    this.#options = options;
  }

  /** A stop string has been written: whatever follows is not wanted. */
  get stopMet(): boolean {
    return this.#stopMet;
  }

  push(tokenIds: ArrayLike<number>, sampledLogprobs: ArrayLike<number>, rawLogprobs: ArrayLike<number>): void {
    const { text: stream, eosTokenIds, stop } = this.#options;
    for (let t = 0; t < tokenIds.length && !this.#stopMet; t++) {
      this.tokenIds.push(tokenIds[t]!);
      this.sampledLogprobs.push(sampledLogprobs[t]!);
      this.rawLogprobs.push(rawLogprobs[t]!);
      if (!eosTokenIds.includes(tokenIds[t]!)) this.#held += stream.push(tokenIds[t]!);
      if (stream.whole)
        while (this.#ends.length < this.tokenIds.length) this.#ends.push(this.#toldText + this.#held.length);
      this.#stopMet = scanForStops(this.#held, stop).met;
    }
    const { certain } = scanForStops(this.#held, stop);
    const text = this.#held.slice(0, certain);
    const end = this.#toldText + text.length;
    const next = this.#ends.findIndex((at, token) => token >= this.#toldTokens && at > end);
    // Tokens of a stop string's end are told with the last piece, which knows how many there are.
    const upTo = this.#stopMet ? this.#toldTokens : next < 0 ? this.#ends.length : next;
    this.#held = this.#held.slice(certain);
    if (text !== "" || upTo > this.#toldTokens) this.#tell(text, upTo, null, this);
  }

  /** What has not been told of `completion`, and why it ended. */
  finish(completion: Completion): void {
    const text = completion.text.slice(this.#toldText);
    this.#tell(text, completion.tokenIds.length, completion.finishReason, completion);
  }

  #tell(
    text: string,
    upTo: number,
    finishReason: Completion["finishReason"] | null,
    {
      tokenIds,
      sampledLogprobs,
      rawLogprobs,
    }: Pick<Completion, "tokenIds"> & {
      readonly sampledLogprobs: ArrayLike<number>;
      readonly rawLogprobs: ArrayLike<number>;
    },
  ): void {
    const from = this.#toldTokens;
    const part = (values: ArrayLike<number>) => Float32Array.from(values).slice(from, upTo);
    this.#options.onPiece({
      tokenIds: tokenIds.slice(from, upTo),
      text,
      sampledLogprobs: part(sampledLogprobs),
      rawLogprobs: part(rawLogprobs),
      finishReason,
    });
    this.#toldText += text.length;
    this.#toldTokens = upTo;
  }
}
