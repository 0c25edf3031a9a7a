/**
 * Tensors as they cross into and out of a run. A `HostTensor` is plain data. A `DeviceTensor` is a handle on data that the
 * device keeps between runs; whoever was given it disposes it, and only a download makes plain data of it again.
 */
import type { DType } from "../graph/node.ts";

export type TensorData = Float32Array | BigInt64Array | Int32Array | Uint8Array;

export interface HostTensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

export interface DeviceTensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** A copy; on the CPU the very array. */
  download(): Promise<HostTensor>;
  /** Frees what the device holds. Twice is once. */
  dispose(): void;
}

export type Tensor = HostTensor | DeviceTensor;

export const float32 = (data: Float32Array, shape: readonly number[]): HostTensor => ({
  dtype: "float32",
  shape,
  data,
});
export const int64 = (data: BigInt64Array, shape: readonly number[]): HostTensor => ({ dtype: "int64", shape, data });

const bytesPerElement = { float32: 4, int64: 8, int32: 4, bool: 1 } as const satisfies Record<DType, number>;

export const bytesOf = ({ dtype, shape }: { readonly dtype: DType; readonly shape: readonly number[] }): number =>
  shape.reduce((a, b) => a * b, bytesPerElement[dtype]);
