/** Constants as ONNX tensors, in the model or beside it. */
import type { DType } from "../graph/node.ts";
import type { ConstantData } from "../graph/primitives.ts";
import { dataTypes } from "./emitter.ts";
import type { TensorProto } from "./proto.ts";

export const constantTensor = (
  name: string,
  { data, dtype, shape }: { data: ConstantData; dtype: DType; shape: readonly number[] },
): TensorProto => ({
  name,
  dims: [...shape],
  dataType: dataTypes[dtype],
  rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
});

/** Where a stored tensor lies: what ONNX calls external data. */
export interface Place {
  /** File name, in the folder that the session is opened with. */
  readonly location: string;
  /** Bytes from the start of the file. */
  readonly offset: number;
  readonly length: number;
}

const external = 1;

export const externalTensor = (name: string, dtype: DType, shape: readonly number[], place: Place): TensorProto => ({
  name,
  dims: [...shape],
  dataType: dataTypes[dtype],
  dataLocation: external,
  externalData: (["location", "offset", "length"] as const).map((key) => ({ key, value: String(place[key]) })),
});

const arrays = {
  float32: (value: number) => new Float32Array([value]),
  int64: (value: number) => new BigInt64Array([BigInt(value)]),
  int32: (value: number) => new Int32Array([value]),
  bool: (value: number) => new Uint8Array([value]),
} satisfies Record<DType, (value: number) => ConstantData>;

/** One element, as ConstantOfShape takes it. */
export const filledTensor = (dtype: DType, value: number): TensorProto =>
  constantTensor("value", { data: arrays[dtype](value), dtype, shape: [1] });
