/** Loops. Bodies may read values of the graphs around them. */
import { builderOf, type GraphBuilder } from "../builder.ts";
import { addDims, type Dim, type Shape, symbol } from "../dim.ts";
import type { DType, TensorType, Value } from "../node.ts";
import type { PullBack } from "../primitives.ts";
import { add, and, div, less, lessOrEqual, mul } from "./elementwise.ts";
import { nonZero } from "./indexing.ts";
import { concat } from "./movement.ts";

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
  hint: string,
  trips: Value,
  goOn: Value,
  carried: readonly Carried[],
  body: (builder: GraphBuilder, turn: Value, carried: readonly Value[]) => { goOn: Value; carried: readonly Value[] },
): readonly Value[] {
  const outer = builderOf(trips, goOn, ...carried.map((c) => c.initial));
  const inner = outer.body(hint);
  const { name } = inner;
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

/** What is made of rows: results that stand in their order, and sums over them. */
export interface OfRows {
  readonly rows: readonly Value[];
  readonly sums: readonly Value[];
}

/**
 * Work on `total` rows, `chunk` of them at a time (the last may be fewer), so that what a row needs on the way exists
 * for one chunk only.
 * @param rowTypes what the body makes of one row
 * @param sums initial values
 * @param body gets the chunk's row numbers, int64 [c]; gives [c, ...] for each row type, and the sums so far
 * @returns [total, ...] for each row type, and the sums
 */
export function overChunks(
  name: string,
  outer: GraphBuilder,
  total: Dim,
  chunk: number,
  { rowTypes, sums }: { rowTypes: readonly TensorType[]; sums: readonly Value[] },
  body: (rows: Value, sums: readonly Value[], builder: GraphBuilder) => OfRows,
): OfRows {
  const growing = rowTypes.map(({ dtype, shape }) => ({
    initial: outer.full(0, dtype, [0, ...shape]),
    shape: [symbol(`${name}.done`), ...shape],
    finalShape: [total, ...shape],
  }));
  const carried = [...growing, ...sums.map((initial) => ({ initial }))];
  const trips = div(outer.size(addDims(total, chunk - 1)), chunk);
  const results = loop(name, trips, outer.bool(true), carried, (inner, turn, before) => {
    const made = body(chunkRows(inner, turn, total, chunk, `${name}.rows`), before.slice(growing.length), inner);
    const grown = made.rows.map((rows, i) => concat([before[i]!, rows], 0));
    return { goOn: inner.bool(true), carried: [...grown, ...made.sums] };
  });
  return { rows: results.slice(0, growing.length), sums: results.slice(growing.length) };
}

/** int64 [c] numbers of the rows of chunk `turn`: c is known at run time only. */
function chunkRows(body: GraphBuilder, turn: Value, total: Dim, chunk: number, count: string): Value {
  const all = body.iota(total);
  const start = mul(turn, chunk);
  return nonZero(and(lessOrEqual(start, all), less(all, add(start, chunk))), symbol(count));
}

/** x, but not before `others` are there: puts an order where the data has none. No scalars. */
export const after = (x: Value, others: readonly Value[]): Value =>
  others.length === 0 ? x : builderOf(x, ...others).apply("after", [x, ...others], {})[0]!;

/** y, differentiated as the caller says: `pullBack` gets dL/dy and gives dL/d(input) for each of `inputs`. */
export const withGradient = (y: Value, inputs: readonly Value[], pullBack: PullBack): Value =>
  builderOf(y, ...inputs).apply("withGradient", [y, ...inputs], { pullBack })[0]!;
