/** A trainer in the device process. It lives as long as that process does, and says so when it is gone. */
import { type Device, unragged } from "../../gpu/index.ts";
import { allOrNone, pack } from "./onnx-policy-batches.ts";
import { translateErrors } from "./onnx-policy-errors.ts";
import {
  type AdamWSettings,
  type LossConfig,
  type LossMetrics,
  type OptimStepResult,
  PolicyError,
  type Trainer,
  type TrainSequence,
  type WeightsDigest,
} from "./policy.ts";

export class OnnxTrainer implements Trainer {
  readonly #device: Device;
  readonly #id: number;
  readonly #generation: number;
  /** Its state is in the device's memory: the process must not be let go meanwhile. */
  readonly #letGo: () => void;
  #weights: WeightsDigest;
  #updates = 0;

  constructor(device: Device, id: number, weights: WeightsDigest) {
    this.#device = device;
    this.#id = id;
    this.#generation = device.generation;
    this.#letGo = device.hold();
    this.#weights = weights;
  }

  get weights(): WeightsDigest {
    return this.#weights;
  }

  get updates(): number {
    return this.#updates;
  }

  async forwardBackward(
    sequences: readonly TrainSequence[],
    loss: LossConfig,
    signal?: AbortSignal,
  ): Promise<LossMetrics> {
    this.#checkAlive();
    const result = await translateErrors(() =>
      this.#device.call(
        "forwardBackward",
        {
          trainer: this.#id,
          sequences: pack(sequences.map((s) => ({ tokenIds: s.tokenIds, from: s.completionStart }))),
          advantages: Float32Array.from(sequences, (s) => s.advantage ?? 0),
          oldLogprobs: allOrNone(sequences, "oldLogprobs"),
          refLogprobs: allOrNone(sequences, "refLogprobs"),
          loss,
        },
        signal ? { signal } : {},
      ),
    );
    return { ...result, sequences: sequences.length, logprobs: unragged(result.logprobs) };
  }

  async optimStep(settings: AdamWSettings): Promise<OptimStepResult> {
    this.#checkAlive();
    const result = await translateErrors(() => this.#device.call("optimStep", { trainer: this.#id, settings }));
    this.#weights = result.weights;
    if (!result.skipped) this.#updates++;
    return result;
  }

  async close(): Promise<void> {
    this.#letGo();
    if (this.#generation !== this.#device.generation) return; // went with its process
    await translateErrors(() => this.#device.call("closeTrainer", { trainer: this.#id }));
  }

  #checkAlive(): void {
    if (this.#generation !== this.#device.generation)
      throw new PolicyError("engine-crashed", "the trainer's optimiser state was lost when the device process died");
  }
}
