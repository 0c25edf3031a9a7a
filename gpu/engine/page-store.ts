/** Keys and values of all rows in flight, on the host, in pages that rows of one prompt share. */
import type { DecoderConfig } from "../models/decoder-config.ts";
import { float32, type HostTensor, int64, type Tensor } from "../runtime/tensor.ts";
import { pageLength } from "./cache-budget.ts";

/** The keys and values of one text. */
export interface CachedTokens {
  readonly pages: number[];
  /** Tokens; the last page may be partly filled. */
  length: number;
}

export class PageStore {
  readonly #config: DecoderConfig;
  /** Per layer [capacity, K, pageLength, headDim]. */
  #keys: Float32Array[];
  #values: Float32Array[];
  #capacity = 1;
  readonly #free: number[] = [0];
  /** [page] how many texts read it */
  readonly #readers: number[] = [0];

  constructor(config: DecoderConfig) {
    this.#config = config;
    this.#keys = this.#allocate();
    this.#values = this.#allocate();
  }

  /** Pages in use. */
  get used(): number {
    return this.#capacity - this.#free.length;
  }

  /** A text that begins like `text`: full pages are shared, a last one that is partly filled is copied. */
  fork(text: CachedTokens): CachedTokens {
    const shared = text.pages.slice(0, Math.floor(text.length / pageLength));
    for (const page of shared) this.#readers[page]!++;
    const fork: CachedTokens = { pages: shared, length: text.length };
    const last = text.pages[shared.length];
    if (last !== undefined && text.length % pageLength > 0) {
      const copy = this.#take();
      fork.pages.push(copy);
      const size = this.#pageSize;
      for (const pool of [...this.#keys, ...this.#values]) pool.copyWithin(copy * size, last * size, (last + 1) * size);
    }
    return fork;
  }

  /** The first `count` positions that a run wrote for its row `row`. */
  append(text: CachedTokens, outputs: Readonly<Record<string, HostTensor>>, row: number, count: number): void {
    const { keyValueHeads: K, headDim, layers } = this.#config;
    const written = outputs["newKeys.0"]!.shape[2]!;
    for (let done = 0; done < count; ) {
      const at = text.length % pageLength;
      if (at === 0) text.pages.push(this.#take());
      const page = text.pages.at(-1)!;
      const piece = Math.min(count - done, pageLength - at);
      for (let layer = 0; layer < layers; layer++)
        for (const [pool, output] of [
          [this.#keys[layer]!, `newKeys.${layer}`],
          [this.#values[layer]!, `newValues.${layer}`],
        ] as const) {
          const source = outputs[output]!.data as Float32Array;
          for (let head = 0; head < K; head++) {
            const from = ((row * K + head) * written + done) * headDim;
            pool.set(source.subarray(from, from + piece * headDim), ((page * K + head) * pageLength + at) * headDim);
          }
        }
      text.length += piece;
      done += piece;
    }
  }

  release(text: CachedTokens): void {
    for (const page of text.pages) if (--this.#readers[page]! === 0) this.#free.push(page);
    text.pages.length = 0;
    text.length = 0;
  }

  /** What `readPromptsProgram` reads of the cache, for these texts. */
  inputs(texts: readonly CachedTokens[]): Record<string, Tensor> {
    return {
      ...this.#pools(),
      pageTable: table(texts.map(({ pages }) => pages)),
      lengths: column(texts.map(({ length }) => length)),
    };
  }

  /** What `sampleBlockProgram` reads of it, for rows that are forks of their prompts, or longer. */
  inputsOfRows(
    rows: readonly { readonly prompt: CachedTokens; readonly cache: CachedTokens }[],
  ): Record<string, Tensor> {
    const prompts = [...new Set(rows.map(({ prompt }) => prompt))];
    const shared = (prompt: CachedTokens) => Math.floor(prompt.length / pageLength);
    const members: number[][] = prompts.map(() => []);
    const places = rows.map(({ prompt }, row) => {
      const q = prompts.indexOf(prompt);
      return { q, g: members[q]!.push(row) - 1 };
    });
    const G = Math.max(...members.map((group) => group.length));
    return {
      ...this.#pools(),
      promptTable: table(prompts.map((prompt) => prompt.pages.slice(0, shared(prompt)))),
      promptLengths: column(prompts.map((prompt) => shared(prompt) * pageLength)),
      members: table(members),
      slots: column(places.map(({ q, g }) => q * G + g)),
      pageTable: table(rows.map(({ prompt, cache }) => cache.pages.slice(shared(prompt)))),
      lengths: column(rows.map(({ prompt, cache }) => cache.length - shared(prompt) * pageLength)),
      positions: column(rows.map(({ cache }) => cache.length)),
    };
  }

  #pools(): Record<string, Tensor> {
    const { keyValueHeads: K, headDim, layers } = this.#config;
    const pool = (data: Float32Array) => float32(data, [this.#capacity, K, pageLength, headDim]);
    return Object.fromEntries(
      Array.from({ length: layers }, (_, layer) => [
        [`keys.${layer}`, pool(this.#keys[layer]!)],
        [`values.${layer}`, pool(this.#values[layer]!)],
      ]).flat(),
    );
  }

  get #pageSize(): number {
    return this.#config.keyValueHeads * pageLength * this.#config.headDim;
  }

  #allocate(): Float32Array[] {
    return Array.from({ length: this.#config.layers }, () => new Float32Array(this.#capacity * this.#pageSize));
  }

  #take(): number {
    if (this.#free.length === 0) this.#grow();
    const page = this.#free.pop()!;
    this.#readers[page] = 1;
    return page;
  }

  /** By half: what the arrays have too much stays untouched, so the system never backs it with memory. */
  #grow(): void {
    const before = this.#capacity;
    this.#capacity = before + Math.max(8, before >> 1);
    const larger = (old: Float32Array[]) =>
      old.map((data) => {
        const grown = new Float32Array(this.#capacity * this.#pageSize);
        grown.set(data);
        return grown;
      });
    this.#keys = larger(this.#keys);
    this.#values = larger(this.#values);
    for (let page = this.#capacity - 1; page >= before; page--) {
      this.#free.push(page);
      this.#readers[page] = 0;
    }
  }
}

/** int64 [n] */
const column = (values: readonly number[]): Tensor => int64(BigInt64Array.from(values, BigInt), [values.length]);

/** int64 [n, longest, at least 1]: 0 where a list is shorter, which exists whatever it numbers. */
function table(lists: readonly (readonly number[])[]): Tensor {
  const width = Math.max(1, ...lists.map((list) => list.length));
  const values = new BigInt64Array(lists.length * width);
  for (const [r, list] of lists.entries())
    for (const [n, value] of list.entries()) values[r * width + n] = BigInt(value);
  return int64(values, [lists.length, width]);
}
