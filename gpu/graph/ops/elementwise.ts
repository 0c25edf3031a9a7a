/** Element by element. A plain number stands for a scalar of the other operand's dtype. */
import { builderOf } from "../builder.ts";
import { type DType, GraphError, type Value } from "../node.ts";
import type { Primitive } from "../primitives.ts";

export type Operand = Value | number;

type Binary = "add" | "sub" | "mul" | "div" | "max" | "min" | "equal" | "less" | "lessOrEqual" | "and" | "or";
type Unary = "neg" | "exp" | "log" | "sqrt" | "abs" | "sigmoid" | "silu" | "not" | "isFinite" | "stopGradient";

function scalarLike(like: Value, value: number): Value {
  const builder = builderOf(like);
  if (like.dtype === "float32") return builder.float(value);
  if (like.dtype === "int64") return builder.int(value);
  throw new GraphError(`constant: a number cannot stand for ${like.dtype}`);
}

const binary =
  <P extends Binary>(op: P) =>
  (a: Operand, b: Operand): Value => {
    if (typeof a === "number" && typeof b === "number")
      throw new GraphError(`${op}: at least one operand must be a value`);
    const left = typeof a === "number" ? scalarLike(b as Value, a) : a;
    const right = typeof b === "number" ? scalarLike(left, b) : b;
    return builderOf(left, right).apply(op as Primitive, [left, right], {})[0]!;
  };

const unary =
  <P extends Unary>(op: P) =>
  (x: Value): Value =>
    builderOf(x).apply(op as Primitive, [x], {})[0]!;

export const add = binary("add");
export const sub = binary("sub");
export const mul = binary("mul");
export const div = binary("div");
export const max = binary("max");
export const min = binary("min");
export const equal = binary("equal");
export const less = binary("less");
export const lessOrEqual = binary("lessOrEqual");
export const and = binary("and");
export const or = binary("or");

export const neg = unary("neg");
export const exp = unary("exp");
export const log = unary("log");
export const sqrt = unary("sqrt");
export const abs = unary("abs");
export const sigmoid = unary("sigmoid");
export const silu = unary("silu");
export const not = unary("not");
export const finite = unary("isFinite");
export const stopGradient = unary("stopGradient");

export function where(condition: Value, a: Operand, b: Operand): Value {
  if (typeof a === "number" && typeof b === "number") {
    const builder = builderOf(condition);
    return builder.apply("where", [condition, builder.float(a), builder.float(b)], {})[0]!;
  }
  const left = typeof a === "number" ? scalarLike(b as Value, a) : a;
  const right = typeof b === "number" ? scalarLike(left, b) : b;
  return builderOf(condition, left, right).apply("where", [condition, left, right], {})[0]!;
}

export const cast = (x: Value, dtype: DType): Value =>
  x.dtype === dtype ? x : builderOf(x).apply("cast", [x], { dtype })[0]!;

/** low <= x <= high */
export const clamp = (x: Value, low: Operand, high: Operand): Value => min(max(x, low), high);
