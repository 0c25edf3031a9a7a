/**
 * Token ids and log-probabilities of a rollout as one blob, bit for bit.
 *
 *   version (1 byte) | ids | sampled | raw
 *   ids     count, then each id, as LEB128 varints
 *   floats  form (1 byte), count (varint), payload
 *
 * Forms of a float array, the shortest is taken:
 *   plain    4 bytes each, little endian
 *   sparse   the zero bytes left out: half a byte per value says which of its four are there. Log-probabilities near 0
 *            (a trained policy is mostly sure) are multiples of the spacing of its logits and end in zero bytes
 *   same     raw only: bit-identical to sampled (temperature 1, nothing cut)
 *   delta    raw only: `sparse` of raw XOR sampled; the two share sign, exponent and first digits
 *
 * All work is on the 32-bit patterns, so NaN payloads, -0 and infinities survive. Deflate was tried instead: README.
 */
import { CurriculumError } from "./curriculum-error.ts";

export interface RolloutTrace {
  /** Unsigned 32-bit. */
  readonly tokenIds: readonly number[];
  readonly sampledLogprobs: Float32Array;
  readonly rawLogprobs: Float32Array;
}

const VERSION = 1;
const PLAIN = 0;
const SPARSE = 1;
const SAME = 2;
const DELTA = 3;

/** Throws CurriculumError `invalid-value` for a token id that is not an unsigned 32-bit integer. */
export function encodeTrace(trace: RolloutTrace): Buffer {
  const sampled = bitsOf(trace.sampledLogprobs);
  const raw = bitsOf(trace.rawLogprobs);
  // Longest case: 5 bytes per id, 4 per float, 5 per count and form.
  const out = Buffer.allocUnsafe(1 + 5 * (trace.tokenIds.length + 1) + 4 * (sampled.length + raw.length) + 2 * 6);
  out[0] = VERSION;
  let at = writeIds(out, 1, trace.tokenIds);
  at = writeFloats(out, at, sampled, null);
  at = writeFloats(out, at, raw, sampled);
  return Buffer.from(out.subarray(0, at));
}

/** Throws CurriculumError `incompatible-database` for a blob this version cannot read. */
export function decodeTrace(blob: Uint8Array): RolloutTrace {
  if (blob[0] !== VERSION) throw unreadable(`version ${blob[0]}, not ${VERSION}`);
  const cursor: Cursor = { bytes: blob, at: 1 };
  const tokenIds = readIds(cursor);
  const sampled = readFloats(cursor, null);
  const raw = readFloats(cursor, sampled);
  if (cursor.at !== blob.length) throw unreadable(`${blob.length} bytes, ${cursor.at} of them understood`);
  return { tokenIds, sampledLogprobs: new Float32Array(sampled.buffer), rawLogprobs: new Float32Array(raw.buffer) };
}

/** Token ids alone, e.g. of a prompt. */
export function encodeTokenIds(tokenIds: readonly number[]): Buffer {
  const out = Buffer.allocUnsafe(5 * (tokenIds.length + 1));
  return Buffer.from(out.subarray(0, writeIds(out, 0, tokenIds)));
}

export const decodeTokenIds = (blob: Uint8Array): number[] => readIds({ bytes: blob, at: 0 });

interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
}

const bitsOf = (floats: Float32Array) => new Uint32Array(floats.buffer, floats.byteOffset, floats.length);

const unreadable = (detail: string) =>
  new CurriculumError("incompatible-database", `a rollout's trace cannot be read: ${detail}`);

function writeVarint(out: Uint8Array, at: number, value: number): number {
  let rest = value;
  let next = at;
  while (rest > 127) {
    out[next++] = (rest & 127) | 128;
    rest = rest >>> 7;
  }
  out[next++] = rest;
  return next;
}

function readVarint(cursor: Cursor): number {
  let value = 0;
  for (let scale = 1; ; scale *= 128) {
    const byte = readByte(cursor);
    value += (byte & 127) * scale;
    if (byte < 128) return value;
  }
}

function readByte(cursor: Cursor): number {
  const byte = cursor.bytes[cursor.at++];
  if (byte === undefined) throw unreadable(`it ends after ${cursor.bytes.length} bytes`);
  return byte;
}

function writeIds(out: Uint8Array, start: number, tokenIds: readonly number[]): number {
  let at = writeVarint(out, start, tokenIds.length);
  for (const id of tokenIds) {
    if (id >>> 0 !== id) {
      throw new CurriculumError("invalid-value", `${id} is not a token id: not an unsigned 32-bit integer`, {
        value: id,
      });
    }
    at = writeVarint(out, at, id);
  }
  return at;
}

function readIds(cursor: Cursor): number[] {
  const ids: number[] = [];
  for (let left = readVarint(cursor); left > 0; left -= 1) ids.push(readVarint(cursor));
  return ids;
}

/** `base`: what `delta` and `same` refer to, where there is something. */
function writeFloats(out: Uint8Array, start: number, bits: Uint32Array, base: Uint32Array | null): number {
  const n = bits.length;
  const comparable = base !== null && base.length === n && n > 0;
  const deltaBytes = comparable ? presentBytes(bits, base) : Number.POSITIVE_INFINITY;
  const masks = (n + 1) >> 1;
  const sparse = masks + presentBytes(bits, null);
  const delta = masks + deltaBytes;
  const form = deltaBytes === 0 ? SAME : Math.min(sparse, delta) >= 4 * n ? PLAIN : delta < sparse ? DELTA : SPARSE;
  out[start] = form;
  const at = writeVarint(out, start + 1, n);
  if (form === SAME) return at;
  return form === PLAIN ? writePlain(out, at, bits) : writeSparse(out, at, bits, form === DELTA ? base : null);
}

function readFloats(cursor: Cursor, base: Uint32Array | null): Uint32Array {
  const form = readByte(cursor);
  const n = readVarint(cursor);
  if ((form === SAME || form === DELTA) && base?.length !== n) throw unreadable(`form ${form} without its base`);
  if (form === SAME) return Uint32Array.from(base!);
  if (form === PLAIN) return readPlain(cursor, n);
  if (form === SPARSE || form === DELTA) return readSparse(cursor, n, form === DELTA ? base : null);
  throw unreadable(`unknown form ${form}`);
}

/** Number of non-zero bytes of bits XOR base. */
function presentBytes(bits: Uint32Array, base: Uint32Array | null): number {
  let count = 0;
  for (let i = 0; i < bits.length; i += 1) {
    const word = base === null ? bits[i]! : bits[i]! ^ base[i]!;
    if (word & 0xff) count += 1;
    if (word & 0xff00) count += 1;
    if (word & 0xff0000) count += 1;
    if (word & 0xff000000) count += 1;
  }
  return count;
}

function writePlain(out: Uint8Array, start: number, bits: Uint32Array): number {
  let at = start;
  for (const word of bits) for (let shift = 0; shift < 32; shift += 8) out[at++] = word >>> shift;
  return at;
}

function readPlain(cursor: Cursor, n: number): Uint32Array {
  const bits = new Uint32Array(n);
  for (let i = 0; i < n; i += 1) for (let shift = 0; shift < 32; shift += 8) bits[i]! |= readByte(cursor) << shift;
  return bits;
}

/** Masks first (value 2i in the low half of byte i), then the bytes they announce. */
function writeSparse(out: Uint8Array, start: number, bits: Uint32Array, base: Uint32Array | null): number {
  const masks = (bits.length + 1) >> 1;
  out.fill(0, start, start + masks);
  let at = start + masks;
  for (let i = 0; i < bits.length; i += 1) {
    const word = base === null ? bits[i]! : bits[i]! ^ base[i]!;
    for (let byte = 0; byte < 4; byte += 1) {
      const value = (word >>> (8 * byte)) & 0xff;
      if (value === 0) continue;
      out[at++] = value;
      out[start + (i >> 1)]! |= 1 << (byte + 4 * (i & 1));
    }
  }
  return at;
}

function readSparse(cursor: Cursor, n: number, base: Uint32Array | null): Uint32Array {
  const bits = new Uint32Array(n);
  const start = cursor.at;
  cursor.at += (n + 1) >> 1;
  for (let i = 0; i < n; i += 1) {
    const mask = (cursor.bytes[start + (i >> 1)] ?? 0) >> (4 * (i & 1));
    let word = 0;
    for (let byte = 0; byte < 4; byte += 1) if (mask & (1 << byte)) word |= readByte(cursor) << (8 * byte);
    bits[i] = base === null ? word : word ^ base[i]!;
  }
  return bits;
}
