/**
 * The only import of onnxruntime-node: sessions over model bytes, tensors in and out as plain arrays.
 * `run` blocks the thread it is called on, which is why all of this lives in a child process (gpu/process).
 */
import * as ort from "onnxruntime-node";
import type { DType } from "../graph/node.ts";

export type TensorData = Float32Array | BigInt64Array | Int32Array | Uint8Array;

export interface HostTensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

export const float32 = (data: Float32Array, shape: readonly number[]): HostTensor => ({
  dtype: "float32",
  shape,
  data,
});
export const int64 = (data: BigInt64Array, shape: readonly number[]): HostTensor => ({ dtype: "int64", shape, data });

export interface SessionOptions {
  /** Intra-op threads; results are bit-identical for the same number only. */
  readonly threads: number;
  /** Writes a Chrome trace of every operator to `<prefix>_<time>.json` when the session is released. */
  readonly profilePrefix?: string;
}

let openSessions = 0;
/** Sessions not yet released, for the leak test. */
export const liveSessions = (): number => openSessions;

/** Whoever opens a session closes it. */
export class Session {
  readonly #session: ort.InferenceSession;
  #closed = false;

  private constructor(session: ort.InferenceSession) {
    this.#session = session;
    openSessions++;
  }

  static async open(model: Uint8Array, { threads, profilePrefix }: SessionOptions): Promise<Session> {
    const options: ort.InferenceSession.SessionOptions = {
      executionProviders: ["cpu"],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: "sequential",
      graphOptimizationLevel: "all",
      enableCpuMemArena: true,
      enableMemPattern: false, // shapes change from run to run
      logSeverityLevel: 3,
      extra: { session: { intra_op: { allow_spinning: "1" } } },
    };
    if (profilePrefix !== undefined)
      Object.assign(options, { enableProfiling: true, profileFilePrefix: profilePrefix });
    return new Session(await ort.InferenceSession.create(model, options));
  }

  get inputNames(): readonly string[] {
    return this.#session.inputNames;
  }

  /** Runs the whole graph. Outputs are fresh arrays. */
  async run(
    inputs: Readonly<Record<string, HostTensor>>,
    outputs?: readonly string[],
  ): Promise<Record<string, HostTensor>> {
    const feeds: Record<string, ort.Tensor> = {};
    for (const [name, { dtype, data, shape }] of Object.entries(inputs))
      feeds[name] = new ort.Tensor(dtype, data as never, [...shape]);
    const results = await this.#session.run(feeds, outputs ?? this.#session.outputNames);
    return Object.fromEntries(
      Object.entries(results).map(([name, tensor]) => [
        name,
        { dtype: tensor.type as DType, shape: tensor.dims, data: tensor.data as TensorData },
      ]),
    );
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#session !== undefined) {
      await this.#session.release();
      openSessions--;
    }
  }
}
