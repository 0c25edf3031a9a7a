/**
 * The uniform number in [0, 1) that decides token `position` of the sample with this seed: a counter-based generator, so
 * that a sample depends on its seed alone and not on the batch or the order it was drawn in. Two rounds of murmur3's
 * 32-bit finaliser over (seed, position); 24 bits, exact in float32.
 */
export function uniform(seed: number, position: number): number {
  let h = mix((seed ^ 0x9e3779b9) >>> 0);
  h = mix((h + Math.imul(position + 1, 0x85ebca6b)) >>> 0);
  return (h >>> 8) / 2 ** 24;
}

function mix(value: number): number {
  let h = value;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
