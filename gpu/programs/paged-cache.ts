/**
 * Keys and values that outlive a run lie on the host, in pages of `pageLength` tokens; rows of one prompt share its pages.
 * A run gathers the pages of its rows once, before its loop, and gives back only what it wrote: on the CPU outputs are
 * copied at 0.7 ms/MB, so a cache must never be one.
 */
import type { GraphBuilder } from "../graph/builder.ts";
import { type Dim, multiplyDims, symbol } from "../graph/dim.ts";
import type { Value } from "../graph/node.ts";
import { add, less, mul, where } from "../graph/ops/elementwise.ts";
import { gather } from "../graph/ops/indexing.ts";
import { reshape } from "../graph/ops/movement.ts";
import type { DecoderConfig } from "../models/decoder-config.ts";
import type { KeysAndValues } from "../nn/cached-attention.ts";

/** The keys and values of some texts, gathered. */
export interface GatheredPages {
  /** Per layer [A, K, F, headDim], F = pages * pageLength */
  readonly frozen: readonly KeysAndValues[];
  /** [A, 1, 1, F]: 0 for the first `lengths` tokens of a text, -1e9 after them */
  readonly bias: Value;
}

/** (pages int64 [A, N] of each text in order, any page where it has fewer; lengths int64 [A] in tokens) */
export type GatherPages = (pageTable: Value, lengths: Value) => GatheredPages;

/** Inputs: keys.l, values.l [pages, K, pageLength, headDim] for each layer. */
export function pagedCacheInputs(
  builder: GraphBuilder,
  { layers, keyValueHeads: K, headDim }: DecoderConfig,
  pageLength: number,
): GatherPages {
  const pages = symbol("pages");
  // One head of one page is one row of the gather, so that what it yields is [A, K, F, headDim] without a transpose.
  const pool = (name: string) =>
    reshape(builder.input(name, "float32", [pages, K, pageLength, headDim]), [
      multiplyDims(pages, K),
      pageLength * headDim,
    ]);
  const pools = Array.from({ length: layers }, (_, layer) => ({
    keys: pool(`keys.${layer}`),
    values: pool(`values.${layer}`),
  }));
  const heads = reshape(builder.iota(K), [1, K, 1]);
  return (pageTable, lengths) => {
    const [A, N] = pageTable.shape as [Dim, Dim];
    const F = multiplyDims(N, pageLength);
    const slots = add(mul(reshape(pageTable, [A, 1, N]), K), heads); // [A, K, N]
    const gathered = (byHead: Value) => reshape(gather(byHead, slots), [A, K, F, headDim]);
    const known = less(reshape(builder.iota(F), [1, F]), reshape(lengths, [A, 1]));
    return {
      frozen: pools.map(({ keys, values }) => ({ keys: gathered(keys), values: gathered(values) })),
      bias: reshape(where(known, 0, -1e9), [A, 1, 1, F]),
    };
  };
}

/** Outputs newKeys.l, newValues.l for each layer: what the run adds to the cache. */
export function newCacheOutputs(builder: GraphBuilder, recent: readonly KeysAndValues[]): void {
  for (const [layer, { keys, values }] of recent.entries()) {
    builder.output(`newKeys.${layer}`, keys);
    builder.output(`newValues.${layer}`, values);
  }
}
