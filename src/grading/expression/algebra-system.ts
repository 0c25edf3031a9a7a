/**
 * The computer-algebra system, asked for two things: a proof that two expressions are the same, and many digits of a
 * constant. It is loaded when first asked (a tenth of a second, 60 MB); most comparisons never ask.
 */
import { ComputeEngine } from "@cortex-js/compute-engine";
import type { MathJson } from "./expression.ts";

const DIGITS = 50;
/** What is left of a zero computed to DIGITS digits, against the size of its terms. */
const ZERO = 1e-30;
const MILLISECONDS = 500;

let engine: ComputeEngine | null = null;

function system(): ComputeEngine {
  if (engine === null) {
    engine = new ComputeEngine();
    engine.precision = DIGITS;
  }
  return engine;
}

/** `a - b` simplifies to 0. False where the system does not find it: no proof of difference. */
export function provablySame(a: MathJson, b: MathJson): boolean {
  return (
    scoped(
      (ce) =>
        ce
          .box(["Subtract", a, b] as never)
          .simplify()
          .toString() === "0",
    ) ?? false
  );
}

/** Is the constant `a - b` zero, by many digits? Null where it cannot be computed. */
export function sameConstant(a: MathJson, b: MathJson): boolean | null {
  return scoped((ce) => {
    const gap = Number(ce.box(["Abs", ["Subtract", a, b]] as never).N().re);
    const size = Number(ce.box(["Abs", a] as never).N().re);
    if (!Number.isFinite(gap) || !Number.isFinite(size)) return null;
    return gap <= ZERO * Math.max(size, 1e-10);
  });
}

/** Names that one question declares must not mean anything to the next. Null where the system gives up. */
function scoped<T extends boolean | null>(question: (ce: ComputeEngine) => T): T | null {
  const ce = system();
  ce.pushScope();
  try {
    return ce.withTimeLimit(MILLISECONDS, (): boolean | null => question(ce)) as T | null;
  } catch {
    // It throws on its time limit and on what it was not made for: no opinion.
    return null;
  } finally {
    ce.popScope();
  }
}
