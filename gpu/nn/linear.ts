/** Products with weights in Hugging Face's layout. */
import type { Value } from "../graph/node.ts";
import { add } from "../graph/ops/elementwise.ts";
import { matmul } from "../graph/ops/linalg.ts";
import { transpose } from "../graph/ops/movement.ts";

/** (x [N, in], weight [out, in], bias [out] or none) -> x weight' + bias [N, out] */
export type Linear = (x: Value, weight: Value, bias?: Value | null) => Value;

export const linear: Linear = (x, weight, bias = null) => {
  const product = matmul(x, weight, { transposeB: true });
  return bias === null ? product : add(product, bias);
};

/**
 * The same as (weight x')', for weights that no cache holds and few rows: a right factor is copied into panels at every
 * product, which pays for itself over many rows only; a left one is read where it lies. Of 16 rows of 1,024 the product
 * takes 0.63 of the time, as long as with panels that were packed once and kept. Both transposes are said, so that the
 * runtime sees which of them cancel: between the products of a feed-forward layer all do.
 */
export const linearOfFewRows: Linear = (x, weight, bias = null) => {
  const product = transpose(matmul(weight, transpose(x, [1, 0])), [1, 0]);
  return bias === null ? product : add(product, bias);
};
