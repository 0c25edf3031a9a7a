/** What is posted to an evaluator, and what is made of its answer. */
import { createHash } from "node:crypto";
import { excerpt, type JsonOutcome } from "../outbound/outcome.ts";
import type { EvaluatorError, EvaluatorKind, EvaluatorVerdict } from "../records/evaluator.ts";
import type { Origin } from "./ports.ts";

const MAX_REASONS = 20;
const MAX_REASON_LENGTH = 1000;

/** `digest`: of the same text, so that the same question can be recognised. Items are numbered: their ids are "0", "1", ... */
export function batchBody(kind: EvaluatorKind, items: readonly object[], origin: Origin) {
  const body = JSON.stringify({
    type: `evaluator.${kind}`,
    run: origin.runId,
    iterationId: origin.iterationId,
    iteration: origin.iteration,
    items: items.map((item, index) => ({ id: String(index), ...item })),
  });
  return { body, digest: createHash("sha256").update(body).digest("hex") };
}

export type Reading = { readonly verdicts: readonly EvaluatorVerdict[] } | { readonly error: EvaluatorError };

/** Exactly one fitting verdict for each of `count` items, in any order, or an error for all of them. */
export function readVerdicts(outcome: JsonOutcome, count: number, description: string): Reading {
  if (outcome.kind !== "json") return { error: { code: codeOf(outcome), message: `the evaluator ${description}` } };
  const invalid = (what: string): Reading => ({
    error: { code: "evaluator-answer-invalid", message: `the evaluator's answer ${what}` },
  });
  const items = isObject(outcome.value) ? outcome.value.items : undefined;
  if (!Array.isArray(items)) return invalid("is no object with an array `items`");
  if (items.length !== count) return invalid(`has ${items.length} items; ${count} were asked for`);
  const verdicts = new Map<number, EvaluatorVerdict>();
  for (const [place, item] of items.entries()) {
    const refusal = isObject(item) ? itemRefusal(item, count) : "is no object";
    if (refusal !== null) return invalid(`has an item, items[${place}], that ${refusal}`);
    const { id, verdict, score, reasons } = item as { id: string } & EvaluatorVerdict;
    if (verdicts.has(Number(id))) return invalid(`has two items with the id ${id}`);
    verdicts.set(Number(id), { verdict, score, reasons: reasons.slice(0, MAX_REASONS).map(kept) });
  }
  return { verdicts: Array.from({ length: count }, (_, index) => verdicts.get(index)!) };
}

function itemRefusal({ id, verdict, score, reasons }: Readonly<Record<string, unknown>>, count: number): string | null {
  const known = typeof id === "string" && /^(0|[1-9]\d{0,8})$/.test(id) && Number(id) < count;
  if (!known) return `has the id ${shown(id)}, which was not sent`;
  if (verdict !== "accept" && verdict !== "refuse")
    return `has the verdict ${shown(verdict)}; expected accept or refuse`;
  if (typeof score !== "number" || !(score >= 0 && score <= 1)) return `has the score ${shown(score)}; expected 0..1`;
  if (!Array.isArray(reasons) || reasons.some((each) => typeof each !== "string"))
    return "has no array of texts `reasons`";
  return null;
}

function codeOf({ kind }: Exclude<JsonOutcome, { kind: "json" }>): EvaluatorError["code"] {
  switch (kind) {
    case "bad-status":
      return "evaluator-refused";
    case "timed-out":
      return "evaluator-timed-out";
    case "not-json":
    case "too-large":
      return "evaluator-answer-invalid";
    default:
      return "evaluator-unreachable";
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const kept = (reason: string): string => excerpt(reason, MAX_REASON_LENGTH);
const shown = (value: unknown): string => excerpt(JSON.stringify(value) ?? "undefined", 80);
