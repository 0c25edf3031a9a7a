/** Values that one side pushes as they come and the other pulls in order. One reader. */
export class Channel<T> implements AsyncIterable<T> {
  readonly #values: T[] = [];
  #end: { readonly error: unknown } | "ended" | null = null;
  #wake: () => void = () => undefined;

  push(value: T): void {
    this.#values.push(value);
    this.#wake();
  }

  end(): void {
    this.#end ??= "ended";
    this.#wake();
  }

  /** The reader gets what was pushed before, then the error. */
  fail(error: unknown): void {
    this.#end ??= { error };
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (;;) {
      while (this.#values.length > 0) yield this.#values.shift()!;
      if (this.#end === "ended") return;
      if (this.#end !== null) throw this.#end.error;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
