/**
 * All randomness of a run, derived from its seed and from where it is used: never from time or order of arrival, so a
 * resumed run draws what the uninterrupted one would have drawn.
 */

export interface SeedPath {
  readonly run: number;
  readonly iteration: number;
  /** Name of the phase or of any other use, e.g. `challenger`, `votes`, `bootstrap`. */
  readonly phase: string;
  readonly step: number;
  readonly prompt: number;
  readonly sample: number;
}

/** An unsigned 32-bit seed. Numbers are integers up to 2^53; different paths give unrelated seeds. */
export function deriveSeed(path: SeedPath): number {
  let hash = mixNumber(0x9e3779b9, path.run);
  hash = mixNumber(hash, path.iteration);
  // The length first, so that no name is the start of another with what follows.
  hash = mixNumber(hash, path.phase.length);
  for (let at = 0; at < path.phase.length; at++) hash = mixWord(hash, path.phase.charCodeAt(at));
  hash = mixNumber(hash, path.step);
  hash = mixNumber(hash, path.prompt);
  hash = mixNumber(hash, path.sample);
  return finish(hash);
}

/** Unsigned 32-bit hash of a text. */
export function hashText(text: string): number {
  let hash = mixWord(0x85ebca6b, text.length);
  for (let at = 0; at < text.length; at++) hash = mixWord(hash, text.charCodeAt(at));
  return finish(hash);
}

/** Both halves of a number above 32 bits count. */
function mixNumber(hash: number, value: number): number {
  if (!Number.isSafeInteger(value)) throw new RangeError(`a seed needs safe integers, got ${value}`);
  return mixWord(mixWord(hash, value | 0), Math.floor(value / 2 ** 32) | 0);
}

/** One word of MurmurHash3 (Appleby, public domain). */
function mixWord(hash: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51);
  k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
  const mixed = hash ^ k;
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

/** MurmurHash3's finaliser: every input bit reaches every output bit. */
function finish(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Uniform numbers in [0, 1), 32 bits each, period about 2^128. */
export type Random = () => number;

/** sfc32 (Doty-Humphrey, public domain), seeded and warmed up. */
export function seededRandom(seed: number): Random {
  let a = 0x9e3779b9;
  let b = seed | 0;
  let c = Math.floor(seed / 2 ** 32) | 0;
  let counter = 1;
  const next: Random = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
  for (let round = 0; round < 12; round++) next();
  return next;
}

/** Uniform integer in low..high, both included. */
export function randomInteger(random: Random, low: number, high: number): number {
  return low + Math.floor(random() * (high - low + 1));
}

/** A shuffled copy (Fisher-Yates). */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  const result = [...items];
  for (let at = result.length - 1; at > 0; at--) {
    const other = randomInteger(random, 0, at);
    [result[at], result[other]] = [result[other]!, result[at]!];
  }
  return result;
}
