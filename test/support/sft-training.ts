/** SFT and AdamW as the engine runs them, on the batch of a golden model. */
import { decayMask } from "../../gpu/engine/flat-weights.ts";
import { aggregationWeights } from "../../gpu/losses/aggregation.ts";
import type { DecoderConfig } from "../../gpu/models/decoder-config.ts";
import { parameterSpecs } from "../../gpu/models/parameters.ts";
import { writeModel } from "../../gpu/onnx/model-writer.ts";
import { adamWScalarNames, adamWStep } from "../../gpu/programs/adamw-step.ts";
import { Session } from "../../gpu/runtime/session.ts";
import { float32, type HostTensor } from "../../gpu/runtime/tensor.ts";
import { expectClose } from "./expect-close.ts";
import type { GoldenTraining } from "./golden-models.ts";
import { type TokenBatchOptions, tokenBatch } from "./token-batch.ts";

const floats = (tensor: HostTensor | undefined) => tensor!.data as Float32Array;
const vector = (data: Float32Array) => float32(data, [data.length]);

export interface SftOptions extends TokenBatchOptions {
  /** Sequences of the batch to run, weighted as in the whole of it; all if not given. */
  readonly which?: readonly number[];
  /** What the gradient is added to; zero if not given. */
  readonly gradient?: Float32Array;
}

export interface SftResult {
  readonly loss: number;
  readonly gradient: Float32Array;
  readonly logprobs: Float32Array;
}

/** @param session of the sft-step program */
export async function runSft(
  session: Session,
  { sequences, promptLengths }: Pick<GoldenTraining, "sequences" | "promptLengths">,
  weights: Float32Array,
  { which = [...sequences.keys()], gradient = new Float32Array(weights.length), ...options }: SftOptions = {},
): Promise<SftResult> {
  const perSequence = aggregationWeights(
    "token-mean",
    sequences.map((s, i) => s.length - promptLengths[i]!),
  );
  const batch = tokenBatch(
    which.map((s) => sequences[s]!),
    which.map((s) => promptLengths[s]!),
    options,
  );
  const result = await session.run({
    ...batch.inputs,
    weights: vector(weights),
    gradient: vector(gradient),
    tokenWeights: vector(Float32Array.from(batch.sequenceOf, (s) => perSequence[which[s]!]!)),
  });
  return {
    gradient: floats(result["gradient.next"]),
    loss: floats(result.metrics)[0]!,
    logprobs: floats(result.logprobs),
  };
}

/**
 * Takes as many AdamW steps as `golden` did, expecting its losses and gradient norms on the way and its loss at the end.
 * @returns the weights after the last step
 */
export async function expectAdamWSteps(
  config: DecoderConfig,
  golden: GoldenTraining["adamw"],
  start: Float32Array,
  sft: (weights: Float32Array) => Promise<SftResult>,
  tolerance: number,
): Promise<Float32Array> {
  const { losses, gradNorms, finalLoss, ...settings } = golden;
  const update = await Session.open(writeModel(adamWStep(start.length)), { threads: 1 });
  try {
    let weights = start;
    let firstMoment: Float32Array = new Float32Array(start.length);
    let secondMoment: Float32Array = new Float32Array(start.length);
    for (const [i, expectedLoss] of losses.entries()) {
      const { loss, gradient } = await sft(weights);
      expectClose([loss], [expectedLoss], tolerance, `the loss of step ${i + 1}`);
      const scalars = {
        ...settings,
        correction1: 1 - settings.beta1 ** (i + 1),
        correction2: 1 - settings.beta2 ** (i + 1),
      };
      const next = await update.run({
        weights: vector(weights),
        firstMoment: vector(firstMoment),
        secondMoment: vector(secondMoment),
        gradient: vector(gradient),
        decayMask: vector(decayMask(parameterSpecs(config))),
        scalars: vector(Float32Array.from(adamWScalarNames, (scalar) => scalars[scalar])),
      });
      expectClose(floats(next.gradNorm), [gradNorms[i]!], tolerance, `the gradient norm of step ${i + 1}`);
      weights = floats(next["weights.next"]);
      firstMoment = floats(next["firstMoment.next"]);
      secondMoment = floats(next["secondMoment.next"]);
    }
    expectClose([(await sft(weights)).loss], [finalLoss], tolerance, "the loss after the last step");
    return weights;
  } finally {
    await update.close();
  }
}
