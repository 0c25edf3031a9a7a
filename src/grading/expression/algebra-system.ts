/**
 * The computer-algebra system, asked for what our own rules cannot do: integrals, derivatives and limits in closed form, a
 * proof that two expressions are the same, many digits of a constant. It is loaded when first asked (0.2 s, 60 MB); most
 * comparisons never ask.
 */
import { CancellationError, ComputeEngine } from "@cortex-js/compute-engine";
import { GradingError } from "../verdict.ts";
import type { MathJson } from "./expression.ts";

const DIGITS = 50;
/** What is left of a zero computed to DIGITS digits, against the size of its terms. */
const ZERO = 1e-30;
/** Numeric integration says how sure it is of its value; less sure than this, relative, it decides nothing. */
const SURE = 1e-8;
/** Of one question, below the deadline of a comparison: a verdict must not depend on how busy the machine is. */
const MILLISECONDS = 1500;

let engine: ComputeEngine | null = null;

function system(): ComputeEngine {
  if (engine === null) {
    engine = new ComputeEngine();
    engine.precision = DIGITS;
  }
  return engine;
}

/** The closed form of an integral, derivative or limit as far as the system finds one; null where it gives up. Throws `deadline-exceeded`. */
export function closedForm(json: MathJson): MathJson | null {
  return scoped((ce) => ce.box(json as never).evaluate().json as MathJson);
}

/** `a - b` simplifies to 0. False where the system does not find it, or not in time: no proof of difference. */
export function provablySame(a: MathJson, b: MathJson): boolean {
  const proven = (ce: ComputeEngine) =>
    ce
      .box(["Subtract", a, b] as never)
      .simplify()
      .toString() === "0";
  try {
    return scoped(proven) ?? false;
  } catch {
    return false;
  }
}

/** Is the constant `a - b` zero, by many digits, or below `step`? Null where it cannot be computed, or not surely. Throws `deadline-exceeded`. */
export function sameConstant(a: MathJson, b: MathJson, step = 0): boolean | null {
  return scoped((ce) => {
    const difference = ce.box(["Subtract", a, b] as never).N();
    const gap = Math.hypot(difference.re, difference.im);
    const size = Number(ce.box(["Abs", a] as never).N().re);
    const uncertainty = uncertaintyOf(difference.json as MathJson);
    if (!Number.isFinite(gap) || !Number.isFinite(size) || uncertainty > SURE * Math.max(size, SURE)) return null;
    return gap < step || gap <= Math.max(10 * uncertainty, ZERO * Math.max(size, 1e-10));
  });
}

/** The second number of a value plus or minus something; 0 of a plain value. */
function uncertaintyOf(json: MathJson): number {
  if (!Array.isArray(json) || json[0] !== "Measurement") return 0;
  const uncertainty = json[2];
  return typeof uncertainty === "object" && "num" in uncertainty ? Number(uncertainty.num) : Number(uncertainty);
}

/** Names that one question declares must not mean anything to the next. Null where the system gives up. */
function scoped<T extends MathJson | boolean | null>(question: (ce: ComputeEngine) => T): T | null {
  const ce = system();
  ce.pushScope();
  try {
    return ce.withTimeLimit(MILLISECONDS, (): MathJson | boolean | null => question(ce)) as T | null;
  } catch (error) {
    if (error instanceof CancellationError) {
      throw new GradingError("deadline-exceeded", `the algebra system came to no end in ${MILLISECONDS} ms`);
    }
    // It throws on what it was not made for: no opinion.
    return null;
  } finally {
    ce.popScope();
  }
}
