/**
 * Bytes by which one run grows the process, from shapes alone. Each line is a group of tensors that live at the same time;
 * a run's peak is the largest sum of groups that meet. In floats, with N = B T tokens, M scored rows, d = headDim, P
 * weights, C rows of logits and R queries at a time:
 *
 *   kept by a layer from forward to backward, because gradient rules read it
 *     rows     4 N D                its input, the normed input, the sum after attention, the normed sum
 *              3 N H d + 3 N K d    q and k projected; q, k and v by head; the context (once more in blocks)
 *     weights  B H T^2              of attention, unless in blocks
 *     forward  4 N F                gate, silu(gate), up, their product
 *   made while a layer is differentiated: 2 N D and, one after the other,
 *     feeding  3 N F                gradients of product, gate and up; then what was kept of them is dropped
 *     looking  2 B H T^2            two of the gradients of weights and scores; in blocks 5 B H R T + 4 N H d + 4 N K d
 *   used by the head: 2 M V, or in chunks 4 C V + 2 M D; and where the output matrix is trained V D, in chunks 3 V D;
 *     M V or C V more where texts are only scored
 *
 *   keeping all     layers = L kept + max(head, made)
 *   recomputing     layers = L N D + max(head, kept + made)
 *   all weights     P (cut into parts, whose room those of the gradient take) + layers + the gradient joined and added
 *                   to the last, 2 P in one stretch each, a third of the layers' scattered room serving; + P copied out
 *   adapter of A    layers + 4 A for its gradient + 14 A for its update: the optimiser's own arena, which stays, what is
 *                   copied out of it, and the state before until it is collected
 *
 * The groups follow from the graph. How many tensors overlap, the third, and the caches of sampling were fitted to 19
 * measured runs of training and scoring and to three of sampling, all below 600 MB; the 4 and the 14 to adapters over 2, 4
 * and 28 layers of 1,024 with a vocabulary of 151,936, 0.3 to 4.4 GB. Held against eleven adapters of other shapes (Llama,
 * Qwen2 and Qwen3, 1 to 12 layers of 256 to 2,048, vocabularies of 512 to 151,936, 128 to 2,048 tokens; 0.2 to 1.2 GB) it is
 * 0.82 to 1.11 of what was measured. All with the loss of a run: cross-entropy wants no entropies and takes one M V less.
 */
import type { DecoderConfig } from "../models/decoder-config.ts";
import { parameterCount } from "../models/parameters.ts";
import { keepEverything, type MemoryPlan } from "../programs/memory-plan.ts";

export interface RunShape {
  /** B */
  readonly batch: number;
  /** T, padding included */
  readonly length: number;
  /** M */
  readonly scored: number;
}

/** What a step trains: every weight of the flat vector, or this many parameters of an adapter beside frozen weights. */
export type Trained = "all" | number;

const float32 = 4;

/** What a first run needs whatever its shape: code that is paged in, stacks, packed panels of products. */
const anyRun = 8 * 2 ** 20;

/** Forward, loss and backward of one micro-batch. */
export function trainingBytes(config: DecoderConfig, shape: RunShape, plan: MemoryPlan, trained: Trained): number {
  const P = parameterCount(config);
  const { hiddenSize: D, vocabularySize: V, layers: L } = config;
  const N = shape.batch * shape.length;
  const { kept, made } = layerFloats(config, shape, plan);
  const logits = (plan.logitRows === null ? 2 : 4) * logitFloats(config, shape, plan);
  const rows = plan.logitRows === null ? 0 : 2 * shape.scored * D;
  const outputMatrix = trained !== "all" ? 0 : (plan.logitRows === null ? 1 : 3) * V * D;
  const head = plan.logitRows === null ? Math.max(logits, logits / 2 + outputMatrix) : logits + rows + outputMatrix;
  const layers =
    (plan.recompute ? L * N * D + Math.max(head, kept + made) : L * kept + Math.max(head, made)) +
    3 * N * D + // last norm, its input, their gradient
    maskFloats(shape, plan);
  const flat = trained === "all" ? 2 * P + Math.max(0, 2 * P - layers / 3) : 18 * trained;
  return float32 * (layers + flat) + anyRun;
}

/** Log-probabilities of one micro-batch: nothing is kept, the largest of attention, feed-forward and head counts. */
export function scoringBytes(config: DecoderConfig, shape: RunShape, plan: MemoryPlan, weights: "flat" | "shared") {
  const { hiddenSize: D, intermediateSize: F } = config;
  const N = shape.batch * shape.length;
  const largest = Math.max(forwardAttention(config, shape, plan), 3 * N * F, 3 * logitFloats(config, shape, plan));
  const parts = weights === "flat" ? parameterCount(config) : 0;
  return float32 * (parts + 2 * N * D + maskFloats(shape, plan) + largest) + anyRun;
}

export interface SamplingShape {
  /** Q prompts of T tokens */
  readonly prompts: number;
  readonly promptLength: number;
  /** R completions of up to this many tokens */
  readonly rows: number;
  readonly newTokens: number;
  /** Blocks they are written in; see programs/sample.ts. */
  readonly blocks: number;
}

/** As above for programs/sample.ts: prompts at once, then five caches
 * (first, before a block, joined with the block, of the rows that go on, and room that grew too small) and the choice. */
export function samplingBytes(config: DecoderConfig, shape: SamplingShape, weights: "flat" | "shared"): number {
  const { prompts: Q, promptLength: T, rows: R, newTokens, blocks } = shape;
  const { vocabularySize: V, hiddenSize: D, intermediateSize: F } = config;
  const position = 2 * config.layers * config.keyValueHeads * config.headDim; // keys and values
  const whole = { batch: Q, length: T, scored: Q };
  const prefill =
    Q * T * (position + 2 * D) +
    Math.max(forwardAttention(config, whole, keepEverything), 3 * Q * T * F) +
    maskFloats(whole, keepEverything);
  const caches = blocks > 1 ? 5 : 4; // in the first block, the first is the one before it
  const decode = caches * R * position * (T + newTokens) + 6 * R * V;
  const parts = weights === "flat" ? parameterCount(config) : 0;
  return float32 * (parts + Math.max(prefill, decode)) + anyRun;
}

/** `made` is what the layer needs beyond what it keeps. */
function layerFloats(config: DecoderConfig, shape: RunShape, plan: MemoryPlan): { kept: number; made: number } {
  const { hiddenSize: D, intermediateSize: F, heads, keyValueHeads, headDim } = config;
  const { batch: B, length: T } = shape;
  const N = B * T;
  const [q, k] = [N * heads * headDim, N * keyValueHeads * headDim];
  const scores = B * heads * T; // of one query row
  const rows = 4 * N * D + 3 * q + 3 * k;
  const [weights, looking] =
    plan.queryRows === null
      ? [scores * T, 2 * scores * T]
      : [q, 5 * scores * Math.min(plan.queryRows, T) + 4 * q + 4 * k];
  return { kept: rows + weights + 4 * N * F, made: 2 * N * D + Math.max(3 * N * F, looking - 4 * N * F) };
}

/** Logits that exist at a time. */
const logitFloats = ({ vocabularySize: V }: DecoderConfig, { scored: M }: RunShape, { logitRows }: MemoryPlan) =>
  Math.min(logitRows ?? M, M) * V;

/** q, k, v, the context and two of scores, biased scores and weights. */
function forwardAttention(config: DecoderConfig, { batch: B, length: T }: RunShape, { queryRows }: MemoryPlan) {
  const rows = 3 * B * T * (config.heads + config.keyValueHeads) * config.headDim;
  return rows + 2 * B * config.heads * T * Math.min(queryRows ?? T, T);
}

/** The causal bias [T, T], and the comparison that makes it. */
const maskFloats = ({ length: T }: RunShape, { queryRows }: MemoryPlan) => (queryRows === null ? 1.25 * T * T : 0);
