/** From zod's issues to refused fields with their dotted paths and offending values. */
import type { ZodError } from "zod";
import { EdgeError, type FieldError } from "../errors.ts";

const places = { json: "body", query: "query", param: "path", header: "header" } as const;

function valueAt(data: unknown, path: readonly PropertyKey[]): unknown {
  let value = data;
  for (const key of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

/** Called by every validator; throws for what did not fit, and lets the rest through. */
export function refuseInvalid(result: { target: string; data?: unknown; success: boolean; error?: ZodError }): void {
  if (result.success || result.error === undefined) return;
  const place = places[result.target as keyof typeof places] ?? "body";
  const errors: FieldError[] = [];
  const refuse = (path: readonly PropertyKey[], message: string): void => {
    const field = path.map(String).join(".");
    const value = valueAt(result.data, path);
    errors.push(value === undefined ? { in: place, field, message } : { in: place, field, message, value });
  };
  for (const issue of result.error.issues) {
    // One issue names all unknown keys of an object; each is a refused field of its own.
    if (issue.code === "unrecognized_keys") {
      for (const key of issue.keys) refuse([...issue.path, key], "Unknown field.");
    } else {
      refuse(issue.path, issue.message);
    }
  }
  const named = errors.map((error) => `${error.field === "" ? place : error.field}: ${error.message}`);
  throw new EdgeError("invalid-request", named.join(" "), { errors });
}
