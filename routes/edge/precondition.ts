/** If-Match (RFC 9110): a change is made only to the version it was meant for. */
import { z } from "@hono/zod-openapi";
import { EdgeError } from "../errors.ts";

export const IfMatchHeaders = z.object({
  "if-match": z.string().optional().openapi({
    description: "ETag of the version the change is meant for; refused with 412 where the resource has moved on.",
    example: '"0f343b0931126a20f133d67c2b018a3b"',
  }),
});

/** Throws `precondition-failed` where the resource is at none of the tags. Nothing may wait between this and the change. */
export function requireMatch(expected: string | undefined, tag: string): void {
  if (expected === undefined || expected.trim() === "*") return;
  if (expected.split(",").some((each) => each.trim() === tag)) return;
  throw new EdgeError("precondition-failed", `The resource is at ${tag}, not at ${expected}.`, {
    errors: [{ in: "header", field: "if-match", message: `The resource is at ${tag}.`, value: expected }],
  });
}
