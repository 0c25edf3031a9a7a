/** Fields that many resources have. */
import { z } from "@hono/zod-openapi";

export const TimestampSchema = z
  .string()
  .openapi("Timestamp", { format: "date-time", description: "RFC 3339, UTC.", example: "2026-08-22T09:30:00.000Z" });

export const DigestSchema = z.string().openapi("WeightsDigest", {
  description: "`sha256:` and the hex digest of the weights as a canonical model.safetensors.",
  example: `sha256:${"9f86d081884c7d65".repeat(4)}`,
});

export const RoleSchema = z.enum(["challenger", "solver"]).openapi("Role", { example: "solver" });

export const JobStateSchema = z
  .enum(["queued", "running", "paused", "completed", "failed", "cancelled"])
  .openapi("JobState", { example: "running" });

export const PhaseKindSchema = z
  .enum(["evaluate-base", "challenger", "pool", "votes", "solver", "evaluate"])
  .openapi("PhaseKind", { example: "solver" });

export const JobFailureSchema = z
  .object({ code: z.string(), message: z.string() })
  .openapi("JobFailure", { example: { code: "engine-crashed", message: "The engine exited with signal SIGKILL." } });

export const SeedSchema = z
  .int()
  .min(0)
  .max(0xffff_ffff)
  .openapi({ description: "Unsigned 32 bit; the same request with the same seed gives the same result.", example: 7 });

/** Of any vocabulary there is; what a model has no token for is refused by the service. */
export const TokenIdSchema = z.int().min(0).max(0x7fff_ffff);

/**
 * A schema or null. A union, because zod-to-openapi writes `.nullable()` of a named schema as the bare reference (or an
 * allOf with it), which null does not satisfy.
 */
export function nullable<Schema extends z.ZodType>(schema: Schema, error?: string) {
  return z.union([schema, z.null()], error === undefined ? undefined : { error });
}

/** What a numeric measurement looks like on the wire: JSON has no NaN and no infinity. */
export const MeasuredSchema = z
  .number()
  .nullable()
  .openapi("Measured", { description: "A measurement; null where it was not finite.", example: 0.012 });

export function measured(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** Id of a resource given in a body or a filter. */
export function idSchema(prefix: string): z.ZodString {
  return z
    .string()
    .min(1)
    .max(200)
    .openapi({ example: `${prefix}_01JZX3T5N8Q4W2E6R7T9Y1V3B5` });
}

/** `{id}` of a path. */
export function idParams(prefix: string) {
  return z.object({
    id: z
      .string()
      .min(1)
      .max(200)
      .openapi({ param: { name: "id", in: "path" }, example: `${prefix}_01JZX3T5N8Q4W2E6R7T9Y1V3B5` }),
  });
}

export const IdempotencyHeaders = z.object({
  "idempotency-key": z.string().optional().openapi({
    description: "Repeating a request with the same key and body replays the first answer for 24 h.",
    example: "5f2c7a90-first-try",
  }),
});

export const LongWorkHeaders = IdempotencyHeaders.extend({
  prefer: z.string().optional().openapi({
    description: "`wait=N`: answer with the finished result if the work ends within N seconds (at most 300).",
    example: "wait=60",
  }),
});

/** Response headers of long work. */
export const operationHeaders = {
  Location: { schema: { type: "string" as const }, description: "The operation, `/v1/operations/{id}`." },
  "Preference-Applied": { schema: { type: "string" as const }, description: "`wait=N`, where a wait was granted." },
};
