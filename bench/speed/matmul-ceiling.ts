/**
 * The most float32 products this machine does through the same runtime: chains of MatMul and nothing else. Everything
 * else is reported as a share of the best of these.
 */
import { GraphBuilder } from "../../gpu/graph/builder.ts";
import { matmul } from "../../gpu/graph/ops/linalg.ts";
import { slice } from "../../gpu/graph/ops/movement.ts";
import { writeModel } from "../../gpu/onnx/model-writer.ts";
import type { ComputeDevice } from "../../gpu/runtime/compute-device.ts";
import type { Session } from "../../gpu/runtime/session.ts";
import { type DeviceTensor, float32 } from "../../gpu/runtime/tensor.ts";
import { seededRandom } from "../../src/rzero/seeds.ts";
import type { Probe } from "./probe.ts";

export interface ProductShape {
  readonly name: string;
  /** [rows, inner] times [inner, outer], then times [outer, inner], `pairs` times over. */
  readonly rows: number;
  readonly inner: number;
  readonly outer: number;
  readonly pairs: number;
  /** Stored weights are packed for the processor once; fed ones, which training has, at every product. */
  readonly weights: "fed" | "stored";
}

const PRODUCT_SHAPES: readonly ProductShape[] = [
  { name: "1024^3", rows: 1024, inner: 1024, outer: 1024, pairs: 4, weights: "fed" },
  { name: "1024^3, stored weights", rows: 1024, inner: 1024, outer: 1024, pairs: 4, weights: "stored" },
  { name: "4x128 feed-forward, 4096 x 128 x 384", rows: 4096, inner: 128, outer: 384, pairs: 8, weights: "fed" },
  { name: "8x512 feed-forward, 4096 x 512 x 1536", rows: 4096, inner: 512, outer: 1536, pairs: 2, weights: "fed" },
  { name: "8x512 head, 4096 x 512 x 8192", rows: 4096, inner: 512, outer: 8192, pairs: 1, weights: "fed" },
];

export const productFlops = ({ rows, inner, outer, pairs }: ProductShape): number =>
  2 * rows * inner * outer * 2 * pairs;

/** The chain as a graph; one number comes back, so that no time goes into copying results out. */
export function productChain(shape: ProductShape, up: Float32Array, down: Float32Array): GraphBuilder {
  const { rows, inner, outer, pairs } = shape;
  const builder = new GraphBuilder("matmul_ceiling");
  const weight = (name: string, data: Float32Array, size: readonly number[]) =>
    shape.weights === "stored" ? builder.float(data, size) : builder.input(name, "float32", size);
  let x = builder.input("x", "float32", [rows, inner]);
  const [first, second] = [weight("up", up, [inner, outer]), weight("down", down, [outer, inner])];
  for (let pair = 0; pair < pairs; pair++) x = matmul(matmul(x, first), second);
  builder.output("corner", slice(slice(x, 0, 0, 1), 1, 0, 1));
  return builder;
}

/** uniform with variance 1 / `fanIn`: the chain neither grows nor fades to denormal numbers, which are slow. */
function matrix(size: number, fanIn: number, seed: number): Float32Array {
  const random = seededRandom(seed);
  const limit = Math.sqrt(3 / fanIn);
  return Float32Array.from({ length: size }, () => (2 * random() - 1) * limit);
}

interface OpenChain {
  readonly shape: ProductShape;
  readonly session: Session;
  readonly inputs: Record<string, DeviceTensor>;
}

export class MatmulCeiling implements Probe {
  readonly name = "MatMul ceiling";
  /** Best so far of each shape, in GFLOP/s. */
  readonly best = new Map<string, number>();
  readonly #device: ComputeDevice;
  readonly #shapes: readonly ProductShape[];
  #chains: OpenChain[] = [];

  constructor(device: ComputeDevice, shapes: readonly ProductShape[] = PRODUCT_SHAPES) {
    this.#device = device;
    this.#shapes = shapes;
  }

  async open(): Promise<void> {
    for (const shape of this.#shapes) {
      const { rows, inner, outer } = shape;
      const up = matrix(inner * outer, inner, 1);
      const down = matrix(outer * inner, outer, 2);
      const model = writeModel(productChain(shape, up, down), this.#device.traits.lowerings);
      const session = await this.#device.openSession(model);
      const held = async (data: Float32Array, size: readonly number[]) => this.#device.upload(float32(data, size));
      const x = await held(matrix(rows * inner, 1, 3), [rows, inner]);
      const weights: Record<string, DeviceTensor> =
        shape.weights === "fed" ? { up: await held(up, [inner, outer]), down: await held(down, [outer, inner]) } : {};
      const chain = { shape, session, inputs: { x, ...weights } };
      this.#chains.push(chain);
      await session.run(chain.inputs);
    }
  }

  async measure(): Promise<string> {
    let latest = 0;
    for (const { shape, session, inputs } of this.#chains) {
      for (let repeat = 0; repeat < 2; repeat++) {
        const started = performance.now();
        await session.run(inputs);
        const gflops = productFlops(shape) / (performance.now() - started) / 1e6;
        latest = Math.max(latest, gflops);
        this.best.set(shape.name, Math.max(this.best.get(shape.name) ?? 0, gflops));
      }
    }
    return `${latest.toFixed(0)} GFLOP/s`;
  }

  async close(): Promise<void> {
    for (const { session, inputs } of this.#chains.splice(0)) {
      for (const held of Object.values(inputs)) held.dispose();
      await session.close();
    }
  }

  /** Best of all shapes. */
  get ceiling(): { readonly shape: string; readonly gflops: number } {
    const [shape, gflops] = [...this.best].reduce((a, b) => (b[1] > a[1] ? b : a), ["not measured", 0]);
    return { shape, gflops };
  }
}
