/** Element types of safetensors and their way to float32. Little-endian on disk, and on every machine Node runs this on. */
import { CheckpointError } from "./checkpoint-error.ts";

/** Bytes per element of every type we can place in a file; those without a conversion below can be skipped over, not read. */
const bytesPerElement = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E5M2: 1,
  F8_E4M3: 1,
  F8_E8M0: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  I64: 8,
  U64: 8,
  F64: 8,
} as const;

export type Dtype = keyof typeof bytesPerElement;

export function isDtype(value: unknown): value is Dtype {
  return typeof value === "string" && Object.hasOwn(bytesPerElement, value);
}

export function dtypeBytes(dtype: Dtype): number {
  return bytesPerElement[dtype];
}

type View = new (buffer: ArrayBuffer, byteOffset: number, length: number) => ArrayLike<number>;

/** Integers that a number holds; the other types have their own branch below. */
const viewOf: Partial<Record<Dtype, View>> = {
  U8: Uint8Array,
  I8: Int8Array,
  BOOL: Uint8Array,
  I16: Int16Array,
  U16: Uint16Array,
  I32: Int32Array,
  U32: Uint32Array,
};

/**
 * `bytes` as float32. F32 that is aligned in memory comes back as a view of the same memory, everything else as a copy.
 * @param label what to name in an error, e.g. the tensor's name.
 * @throws CheckpointError `unsupported` for a type without a conversion, or an integer that float32 cannot hold exactly.
 */
export function toFloat32(dtype: Dtype, bytes: Uint8Array, label: string): Float32Array {
  const count = bytes.byteLength / bytesPerElement[dtype];
  // A typed array must start at a multiple of its element size; a tensor in a file need not.
  const aligned = bytes.byteOffset % bytesPerElement[dtype] === 0 ? bytes : bytes.slice();
  const buffer = aligned.buffer as ArrayBuffer;
  if (dtype === "F32") return new Float32Array(buffer, aligned.byteOffset, count);
  if (dtype === "BF16") return fromBfloat16(new Uint16Array(buffer, aligned.byteOffset, count));
  if (dtype === "F16") return fromFloat16(new Uint16Array(buffer, aligned.byteOffset, count));
  if (dtype === "F64") return Float32Array.from(new Float64Array(buffer, aligned.byteOffset, count));
  if (dtype === "I64" || dtype === "U64") {
    const wide = dtype === "I64" ? BigInt64Array : BigUint64Array;
    return exactFloat32(Array.from(new wide(buffer, aligned.byteOffset, count), Number), label);
  }
  const view = viewOf[dtype];
  if (view === undefined)
    throw new CheckpointError("unsupported", `${label}: dtype ${dtype} cannot be read as float32`);
  return exactFloat32(new view(buffer, aligned.byteOffset, count), label);
}

/** bfloat16 is the upper half of a float32. */
function fromBfloat16(halves: Uint16Array): Float32Array {
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) bits[i] = halves[i]! << 16;
  return new Float32Array(bits.buffer);
}

/** IEEE 754 binary16: sign 1, exponent 5 (bias 15), fraction 10. Every value is exact in float32. */
function fromFloat16(halves: Uint16Array): Float32Array {
  const values = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) {
    const half = halves[i]!;
    const exponent = (half >> 10) & 0x1f;
    const fraction = half & 0x3ff;
    const magnitude =
      exponent === 0
        ? fraction * 2 ** -24
        : exponent === 31
          ? fraction === 0
            ? Number.POSITIVE_INFINITY
            : Number.NaN
          : (1 + fraction / 1024) * 2 ** (exponent - 15);
    values[i] = half & 0x8000 ? -magnitude : magnitude;
  }
  return values;
}

/** 2^24 is where float32 begins to skip integers. */
function exactFloat32(integers: ArrayLike<number>, label: string): Float32Array {
  const values = new Float32Array(integers.length);
  for (let i = 0; i < integers.length; i++) {
    const integer = integers[i]!;
    if (!Number.isSafeInteger(integer) || Math.fround(integer) !== integer) {
      throw new CheckpointError("unsupported", `${label}: the integer ${integer} is not exact in float32`);
    }
    values[i] = integer;
  }
  return values;
}
