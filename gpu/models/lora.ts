/** Which projections of a decoder have a low-rank adapter, and how its weights lie in their flat vector. */
import type { Value } from "../graph/node.ts";
import type { LowRank } from "../nn/low-rank.ts";
import type { DecoderConfig } from "./decoder-config.ts";
import type { LoraConfig } from "./lora-config.ts";
import { type ParameterSpec, parameterSpecs, unpackParameters } from "./parameters.ts";

/** A projection with an adapter: the frozen weight it adds to, and its two matrices. */
interface AdaptedProjection {
  /** e.g. `model.layers.0.self_attn.q_proj` */
  readonly name: string;
  readonly out: number;
  readonly in: number;
}

/** In the order of the model's parameters. */
export const adaptedProjections = (config: DecoderConfig, { targets }: LoraConfig): readonly AdaptedProjection[] =>
  parameterSpecs(config).flatMap(({ name, shape }) => {
    const [, projection, target] = /^(model\.layers\.\d+\.\w+\.(\w+))\.weight$/.exec(name) ?? [];
    return projection !== undefined && (targets as readonly string[]).includes(target!)
      ? [{ name: projection, out: shape[0]!, in: shape[1]! }]
      : [];
  });

/** A [rank, in] and B [out, rank] of each projection, named as in PEFT's state but for its prefix. Both decay, as in PEFT. */
export const loraSpecs = (config: DecoderConfig, lora: LoraConfig): readonly ParameterSpec[] =>
  adaptedProjections(config, lora).flatMap((projection): ParameterSpec[] => [
    { name: `${projection.name}.lora_A.weight`, shape: [lora.rank, projection.in], decayed: true },
    { name: `${projection.name}.lora_B.weight`, shape: [projection.out, lora.rank], decayed: true },
  ]);

/** Number of an adapter's weights. */
export const loraSize = (config: DecoderConfig, lora: LoraConfig): number =>
  adaptedProjections(config, lora).reduce((sum, projection) => sum + lora.rank * (projection.in + projection.out), 0);

/** The update of a projection by its name; null where it has none. */
export type Adapter = (projection: string) => LowRank | null;

export const noAdapter: Adapter = () => null;

/** Cuts the flat vector of an adapter into the updates of its projections. */
export function unpackAdapter(
  flat: Value,
  config: DecoderConfig,
  lora: LoraConfig,
): { all: readonly Value[]; get: Adapter } {
  const { all, get } = unpackParameters(flat, loraSpecs(config, lora));
  const adapted = new Set(adaptedProjections(config, lora).map(({ name }) => name));
  return {
    all,
    get: (projection) =>
      adapted.has(projection)
        ? {
            down: get(`${projection}.lora_A.weight`),
            up: get(`${projection}.lora_B.weight`),
            scale: lora.alpha / lora.rank,
          }
        : null,
  };
}
