/** Weights for a measurement. */
import { seededRandom } from "../../src/rzero/seeds.ts";

/** Small and different enough that nothing overflows and nothing is denormal; a million of them, repeated. */
export function noise(size: number): Float32Array {
  const random = seededRandom(1);
  const some = Float32Array.from({ length: 2 ** 20 }, () => 0.04 * (2 * random() - 1));
  const all = new Float32Array(size);
  for (let at = 0; at < size; at += some.length) all.set(some.subarray(0, Math.min(some.length, size - at)), at);
  return all;
}
