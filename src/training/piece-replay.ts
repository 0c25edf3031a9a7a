/** Pieces of a call that is made again after the engine died: what was told the first time is not told twice. */
import type { CompletionPiece } from "../policy/policy.ts";

interface Told {
  readonly text: number;
  readonly tokens: number;
  readonly finished: boolean;
}

const nothing: Told = { text: 0, tokens: 0, finished: false };

/** Seeds make the repetition exact, but pieces may be cut elsewhere: only lengths are compared. */
export class PieceReplay {
  readonly #onPiece: (piece: CompletionPiece) => void;
  /** Over all attempts. */
  readonly #told = new Map<string, Told>();
  /** In this attempt. */
  #seen = new Map<string, Told>();

  constructor(onPiece: (piece: CompletionPiece) => void) {
    this.#onPiece = onPiece;
  }

  /** The call begins anew. */
  restart(): void {
    this.#seen = new Map();
  }

  tell(piece: CompletionPiece): void {
    const key = `${piece.prompt}.${piece.sample}`;
    const told = this.#told.get(key) ?? nothing;
    const seen = this.#seen.get(key) ?? nothing;
    const skipTokens = Math.max(0, told.tokens - seen.tokens);
    const now: Told = {
      text: seen.text + piece.text.length,
      tokens: seen.tokens + piece.tokenIds.length,
      finished: piece.finishReason !== null,
    };
    this.#seen.set(key, now);
    const isNews = now.text > told.text || now.tokens > told.tokens || (now.finished && !told.finished);
    if (!isNews) return;
    this.#told.set(key, {
      text: Math.max(told.text, now.text),
      tokens: Math.max(told.tokens, now.tokens),
      finished: now.finished,
    });
    this.#onPiece({
      ...piece,
      text: piece.text.slice(Math.max(0, told.text - seen.text)),
      tokenIds: piece.tokenIds.slice(skipTokens),
      sampledLogprobs: piece.sampledLogprobs.slice(skipTokens),
      rawLogprobs: piece.rawLogprobs.slice(skipTokens),
    });
  }
}
