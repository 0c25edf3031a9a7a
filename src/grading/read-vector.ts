/** Vectors as sums of unit vectors: `2\\mathbf{i} - \\mathbf{j}` is (2, -1). */
import { UNIT_VECTOR } from "./notation-rules.ts";
import type { ReadPart } from "./read-answer.ts";
import { splitTopLevel } from "./split.ts";
import type { Value } from "./value.ts";

const TERM = new RegExp(`^(.*?)\\s*(?:\\\\cdot\\s*)?${UNIT_VECTOR}([ijk])$`, "s");

/** A tuple of two, or of three where k occurs. Null for what is no such sum. */
export function readVector(text: string, read: ReadPart): Value | null {
  if (!text.includes(UNIT_VECTOR)) return null;
  const { parts, separators } = splitTopLevel(text, /\s*[+-]\s*/);
  const coefficients = new Map<string, string>();
  for (const [place, part] of parts.entries()) {
    if (part === "" && place === 0) continue;
    const [, factor, axis] = TERM.exec(part) ?? [];
    if (factor === undefined || axis === undefined || coefficients.has(axis)) return null;
    const sign = place > 0 && separators[place - 1]!.includes("-") ? "-" : "";
    coefficients.set(axis, `${sign}${factor === "" ? "1" : `(${factor})`}`);
  }
  const axes = coefficients.has("k") ? ["i", "j", "k"] : ["i", "j"];
  return { kind: "tuple", open: "<", items: axes.map((axis) => read(coefficients.get(axis) ?? "0")) };
}
