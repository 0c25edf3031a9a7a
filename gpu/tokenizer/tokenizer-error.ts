/** A tokenizer folder that cannot be used, or messages its chat template refuses. The message names the file. */
export class TokenizerError extends Error {
  override readonly name = "TokenizerError";
}
