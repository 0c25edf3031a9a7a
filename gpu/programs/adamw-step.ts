/** Global-norm clip and AdamW over the flat vectors. */
import { GraphBuilder } from "../graph/builder.ts";
import { reshape, slice } from "../graph/ops/movement.ts";
import { adamW } from "../optim/adamw.ts";
import { clipByGlobalNorm } from "../optim/clip-by-global-norm.ts";

/** Order of the values of the `scalars` input. */
export const adamWScalarNames = [
  "learningRate",
  "beta1",
  "beta2",
  "epsilon",
  "weightDecay",
  "correction1",
  "correction2",
  "maxGradNorm",
] as const;

/**
 * Inputs: weights, firstMoment, secondMoment, gradient, decayMask [P]; scalars [8] in the order above.
 * Outputs: weights.next, firstMoment.next, secondMoment.next [P], gradNorm [] before clipping.
 */
export function adamWStep(parameterCount: number): GraphBuilder {
  const builder = new GraphBuilder("adamw_step");
  const vector = (name: string) => builder.input(name, "float32", [parameterCount]);
  const state = {
    weights: vector("weights"),
    firstMoment: vector("firstMoment"),
    secondMoment: vector("secondMoment"),
  };
  const gradient = vector("gradient");
  const decayMask = vector("decayMask");
  const scalars = builder.input("scalars", "float32", [adamWScalarNames.length]);
  const scalar = (name: (typeof adamWScalarNames)[number]) =>
    reshape(slice(scalars, 0, adamWScalarNames.indexOf(name), 1), []);

  const clipped = clipByGlobalNorm(gradient, scalar("maxGradNorm"));
  const next = adamW(state, clipped.gradient, decayMask, {
    learningRate: scalar("learningRate"),
    beta1: scalar("beta1"),
    beta2: scalar("beta2"),
    epsilon: scalar("epsilon"),
    weightDecay: scalar("weightDecay"),
    correction1: scalar("correction1"),
    correction2: scalar("correction2"),
  });
  builder.output("weights.next", next.weights);
  builder.output("firstMoment.next", next.firstMoment);
  builder.output("secondMoment.next", next.secondMoment);
  builder.output("gradNorm", clipped.norm);
  return builder;
}
