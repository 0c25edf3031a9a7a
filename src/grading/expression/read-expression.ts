/**
 * From LaTeX to an expression. The algebra system's parser reads the notation (without an engine: it keeps no state, so
 * the same text always reads the same); here its tree is given the meaning that answers have: juxtaposition is a product, a
 * mixed number, or f(x).
 */
import { LatexSyntax } from "@cortex-js/compute-engine/latex-syntax";
import { checkLimits, MAX_NODES } from "../limits.ts";
import { stepOf } from "../number.ts";
import { divide, integer, multiply, type Rational, reduce } from "../rational.ts";
import { GradingError } from "../verdict.ts";
import type { Expression, MathJson } from "./expression.ts";
import { OPERATORS } from "./operators.ts";

const syntax = new LatexSyntax();

const CONSTANTS: Readonly<Record<string, Expression>> = {
  Pi: { kind: "constant", name: "Pi" },
  e: { kind: "constant", name: "ExponentialE" },
  ExponentialE: { kind: "constant", name: "ExponentialE" },
  i: { kind: "constant", name: "ImaginaryUnit" },
  ImaginaryUnit: { kind: "constant", name: "ImaginaryUnit" },
  PositiveInfinity: { kind: "constant", name: "Infinity" },
};

/** Symbols that are taken for functions before a bracket; any other is a factor. */
const FUNCTION_NAME = /^(f|g|h|F|G|H|P|Q|T|u|v|phi|psi|tau)(_\w+)?$/;
const CALCULUS = new Set(["Integrate", "D", "Limit", "Derivative", "Apply"]);
const TRIGONOMETRIC = new Set(["Sin", "Cos", "Tan", "Cot", "Sec", "Csc"]);
const RENAMED: Readonly<Record<string, string>> = { Rational: "Divide", Ceiling: "Ceil", GammaFunction: "Gamma" };

/** Throws GradingError: `unparsable`, `too-deep`, `too-long`. */
export function readExpression(latex: string): Expression {
  checkLimits(latex);
  const nodes = { left: MAX_NODES };
  try {
    return read(syntax.parse(latex) as MathJson, nodes);
  } catch (error) {
    if (error instanceof GradingError) throw error;
    if (error instanceof RangeError) throw new GradingError("too-deep", "an answer nested too deeply to be read");
    throw unparsable(latex);
  }
}

/** From the algebra system's own tree. Throws as `readExpression`. */
export const fromMathJson = (json: MathJson): Expression => read(json, { left: MAX_NODES });

const unparsable = (what: string) =>
  new GradingError("unparsable", `cannot read ${JSON.stringify(what.slice(0, 100))}`);

function read(json: MathJson, nodes: { left: number }): Expression {
  if (--nodes.left < 0) throw new GradingError("too-long", `an expression of more than ${MAX_NODES} parts`);
  if (typeof json === "number") return numberOf(String(json));
  if (typeof json === "string") return symbolOf(json);
  if ("num" in json) return numberOf(json.num);
  if ("sym" in json) return symbolOf(json.sym);
  if (!Array.isArray(json)) throw unparsable(JSON.stringify(json));
  const [head, ...rest] = json as [string, ...MathJson[]];
  const all = () => rest.map((part) => read(part, nodes));
  switch (head) {
    case "Delimiter": {
      const inner = rest[0];
      if (inner === undefined || (Array.isArray(inner) && inner[0] === "Sequence")) throw unparsable("a list");
      return read(inner, nodes);
    }
    case "InvisibleOperator":
      return juxtaposition(rest, nodes);
    case "Lb":
      return operation("Log", [...all(), numberOf("2")]);
    case "BaseForm":
      return read(rest[0]!, nodes);
    case "Conjugate":
      // A bar over one letter is a conjugate, over more a segment or a repeated word: only as text.
      if (typeof rest[0] !== "string") throw unparsable("an overline");
      return operation("Conjugate", all());
    case "Power":
      return powerOf(rest, nodes);
    case "Subscript":
      return { kind: "symbol", name: `${JSON.stringify(rest)}` };
    case "Prime":
      return { kind: "symbol", name: `${JSON.stringify(rest)}'` };
    case "Colon":
      return operation("Divide", all());
    case "Min":
    case "Max":
      if (Array.isArray(rest[0]) && (rest[0][0] === "Set" || rest[0][0] === "List")) {
        return operation(
          head,
          (rest[0] as MathJson[]).slice(1).map((part) => read(part, nodes)),
        );
      }
      return operation(head, all());
    case "Sum":
    case "Product":
      return seriesOf(head, rest, nodes);
  }
  if (CALCULUS.has(head)) return { kind: "calculus", json };
  return operation(head, all());
}

function operation(head: string, args: readonly Expression[]): Expression {
  const name = RENAMED[head] ?? head;
  const operator = Object.hasOwn(OPERATORS, name) ? OPERATORS[name] : undefined;
  if (!operator || args.length < operator.arity[0] || args.length > operator.arity[1]) throw unparsable(head);
  return { kind: "operation", name, args };
}

function symbolOf(name: string): Expression {
  if (Object.hasOwn(CONSTANTS, name)) return CONSTANTS[name]!;
  if (name === "GoldenRatio") return { kind: "symbol", name: "phi" };
  if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(name) || name === "Nothing" || name.endsWith("Placeholder"))
    throw unparsable(name);
  return { kind: "symbol", name };
}

/** `12`, `0.125`, `1.5e3`, `0.1(6)`. */
function numberOf(literal: string): Expression {
  const match = /^([+-]?)(\d*)(?:\.(\d*)(?:\((\d+)\))?)?(?:[eE]([+-]?\d{1,4}))?$/.exec(literal);
  if (!match || literal.length > 500) throw unparsable(literal);
  const [, sign, wholePart = "", places = "", period, exponent = "0"] = match;
  let value = reduce(BigInt(`${wholePart}${places}` || "0"), 10n ** BigInt(places.length));
  if (period !== undefined) {
    const repeated = reduce(BigInt(period), (10n ** BigInt(period.length) - 1n) * 10n ** BigInt(places.length));
    value = reduce(
      value.numerator * repeated.denominator + repeated.numerator * value.denominator,
      value.denominator * repeated.denominator,
    );
  }
  const scale = integer(10n ** BigInt(Math.abs(Number(exponent))));
  value = Number(exponent) < 0 ? divide(value, scale)! : multiply(value, scale);
  const signed: Rational = sign === "-" ? { ...value, numerator: -value.numerator } : value;
  return { kind: "number", value: signed, step: period === undefined ? stepOf(literal) : null };
}

/** 2x is a product, 1\frac{1}{2} a mixed number, f(x) a function's value. */
function juxtaposition(parts: readonly MathJson[], nodes: { left: number }): Expression {
  const factors: Expression[] = [];
  for (let at = 0; at < parts.length; at++) {
    const part = parts[at]!;
    const next = parts[at + 1];
    if (typeof part === "string" && FUNCTION_NAME.test(part) && Array.isArray(next) && next[0] === "Delimiter") {
      const inner = next[1];
      const args =
        Array.isArray(inner) && inner[0] === "Sequence" ? inner.slice(1) : inner === undefined ? [] : [inner];
      factors.push({ kind: "function", name: part, args: (args as MathJson[]).map((arg) => read(arg, nodes)) });
      at++;
    } else if (Array.isArray(part) && part[0] === "Delimiter" && Array.isArray(part[1]) && part[1][0] === "Sequence") {
      throw unparsable("a list");
    } else factors.push(read(part, nodes));
  }
  const [first, second] = factors;
  const below = Array.isArray(parts[0]) && parts[0][0] === "Negate" ? parts[0][1] : undefined;
  if (factors.length === 2 && isWhole(below) && isProperFraction(parts[1])) {
    // -2 1/3 is -(2 + 1/3)
    return operation("Subtract", [first!, second!]);
  }
  if (factors.length === 2 && isWhole(parts[0]) && isProperFraction(parts[1]))
    return operation("Add", [first!, second!]);
  return factors.length === 1 ? first! : operation("Multiply", factors);
}

const isWhole = (json: MathJson | undefined): boolean => typeof json === "number" && Number.isInteger(json);
const isProperFraction = (json: MathJson | undefined): boolean =>
  Array.isArray(json) && json[0] === "Divide" && isWhole(json[1]) && isWhole(json[2]);

/** sin^{-1} x is the inverse function; everything else is a power. */
function powerOf(rest: readonly MathJson[], nodes: { left: number }): Expression {
  const [base, exponent] = rest;
  const inverse = Array.isArray(exponent) && exponent[0] === "Negate" && exponent[1] === 1;
  if (inverse && Array.isArray(base) && typeof base[0] === "string" && TRIGONOMETRIC.has(base[0])) {
    return operation(
      `Arc${base[0].toLowerCase()}`,
      base.slice(1).map((part) => read(part as MathJson, nodes)),
    );
  }
  return operation(
    "Power",
    rest.map((part) => read(part, nodes)),
  );
}

/** The tree with another name for a symbol. */
function renamed(json: MathJson, from: string, to: string): MathJson {
  if (json === from) return to;
  return Array.isArray(json) ? (json.map((part) => renamed(part as MathJson, from, to)) as MathJson) : json;
}

function seriesOf(name: "Sum" | "Product", rest: readonly MathJson[], nodes: { left: number }): Expression {
  const [body, limits] = rest;
  if (
    body === undefined ||
    !Array.isArray(limits) ||
    limits.length !== 4 ||
    typeof limits[1] !== "string" ||
    rest.length !== 2
  ) {
    throw unparsable(name);
  }
  const [, index, from, to] = limits as [string, string, MathJson, MathJson];
  // An index called i or e is no constant there.
  const own = Object.hasOwn(CONSTANTS, index) ? `${index}_index` : index;
  return {
    kind: "series",
    name,
    body: read(renamed(body, index, own), nodes),
    index: own,
    from: read(from, nodes),
    to: read(to, nodes),
  };
}
