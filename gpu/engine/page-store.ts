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

  /** What `pagedCacheInputs` declares, for these rows. */
  inputs(rows: readonly CachedTokens[]): Record<string, Tensor> {
    const { keyValueHeads: K, headDim, layers } = this.#config;
    const N = Math.max(1, ...rows.map((row) => row.pages.length));
    const table = new BigInt64Array(rows.length * N); // page 0 where a row has fewer: it exists, and is masked
    for (const [r, { pages }] of rows.entries())
      for (const [n, page] of pages.entries()) table[r * N + n] = BigInt(page);
    const lengths = BigInt64Array.from(rows, ({ length }) => BigInt(length));
    const pool = (data: Float32Array) => float32(data, [this.#capacity, K, pageLength, headDim]);
    return {
      pageTable: int64(table, [rows.length, N]),
      lengths: int64(lengths, [rows.length]),
      ...Object.fromEntries(
        Array.from({ length: layers }, (_, layer) => [
          [`keys.${layer}`, pool(this.#keys[layer]!)],
          [`values.${layer}`, pool(this.#values[layer]!)],
        ]).flat(),
      ),
    };
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
