/** Loops. Bodies may read values of the graphs around them. */
import { builderOf, GraphBuilder } from "../builder.ts";
import type { Shape } from "../dim.ts";
import type { DType, Value } from "../node.ts";

export interface Carried {
  readonly initial: Value;
  /** Shape inside the body; differs from the initial one where it changes from turn to turn. */
  readonly shape?: Shape;
  /** Shape after the loop. */
  readonly finalShape?: Shape;
}

/**
 * while (i < trips && goOn) { (goOn, carried) = body(i, carried) }
 * @param trips int64 scalar
 * @param goOn bool scalar: false means not even one turn
 * @returns carried values after the last turn
 */
export function loop(
  name: string,
  trips: Value,
  goOn: Value,
  carried: readonly Carried[],
  body: (builder: GraphBuilder, turn: Value, carried: readonly Value[]) => { goOn: Value; carried: readonly Value[] },
): readonly Value[] {
  const outer = builderOf(trips, goOn, ...carried.map((c) => c.initial));
  const inner = new GraphBuilder(name, outer.depth + 1);
  const turn = inner.input(`${name}.turn`, "int64", []);
  inner.input(`${name}.goOn`, "bool", []);
  const parameters = carried.map((c, i) =>
    inner.input(`${name}.carried${i}`, c.initial.dtype, c.shape ?? c.initial.shape),
  );
  const result = body(inner, turn, parameters);
  inner.output(`${name}.goOn.next`, result.goOn);
  for (const [i, value] of result.carried.entries()) inner.output(`${name}.carried${i}.next`, value);
  const outputTypes = carried.map((c): { dtype: DType; shape: Shape } => ({
    dtype: c.initial.dtype,
    shape: c.finalShape ?? c.shape ?? c.initial.shape,
  }));
  return outer.apply("loop", [trips, goOn, ...carried.map((c) => c.initial)], { body: inner, outputTypes });
}
