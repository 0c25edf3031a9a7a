/**
 * Reads a stretch of each of some prompts into the paged cache: prompts are read once for all rows that continue them,
 * and long ones stretch by stretch, so that attention never needs [T, T].
 */
import { GraphBuilder } from "../graph/builder.ts";
import { type Dim, symbol } from "../graph/dim.ts";
import { add, min } from "../graph/ops/elementwise.ts";
import { reshape } from "../graph/ops/movement.ts";
import { decoder } from "../models/decoder.ts";
import type { DecoderConfig } from "../models/decoder-config.ts";
import { modelInputs, type WeightsLayout } from "../models/model-inputs.ts";
import { cachedCausalAttention, headsFirst, type KeysAndValues } from "../nn/cached-attention.ts";
import { rotaryTables } from "../nn/rotary.ts";
import { newCacheOutputs, pagedCacheInputs } from "./paged-cache.ts";

/**
 * Inputs: the model (models/model-inputs.ts); the paged cache (see pagedCacheInputs); pageTable int64 [Q, N], lengths int64
 * [Q] of prompts, as far as they have been read; tokens int64 [Q, S], what comes next, right-padded.
 * Outputs: newKeys.l, newValues.l [Q, K, S, headDim] for each layer.
 */
export function readPromptsProgram(
  config: DecoderConfig,
  pageLength: number,
  layout: WeightsLayout = "flat",
): GraphBuilder {
  const builder = new GraphBuilder("read-prompts");
  const [Q, S] = ["Q", "S"].map(symbol) as [Dim, Dim];
  const model = modelInputs(builder, config, layout);
  const lengths = builder.input("lengths", "int64", [Q]);
  const gatherPages = pagedCacheInputs(builder, config, pageLength);
  const { frozen, bias } = gatherPages(builder.input("pageTable", "int64", [Q, symbol("N")]), lengths);
  const tokens = builder.input("tokens", "int64", [Q, S]);
  const steps = reshape(builder.iota(S), [1, S]);
  const positions = min(add(reshape(lengths, [Q, 1]), steps), config.contextLength - 1); // padding may lie beyond
  const recent: KeysAndValues[] = [];
  decoder(config, model, rotaryTables(builder, config), tokens, positions, (layer, q, k, v) => {
    recent.push({ keys: headsFirst(k, config), values: headsFirst(v, config) });
    return cachedCausalAttention(q, frozen[layer]!, recent[layer]!, bias, config);
  });
  newCacheOutputs(builder, recent);
  return builder;
}
