/** The service about itself. */
import { z } from "@hono/zod-openapi";

export const HealthSchema = z
  .object({ status: z.literal("ok"), version: z.string() })
  .openapi("Health", { example: { status: "ok", version: "0.1.0" } });

const exampleChecks = { policy: { ok: true, detail: "abacus on cpu (2 threads)" }, database: { ok: true, detail: "" } };

export const ReadinessSchema = z
  .object({
    ready: z.boolean(),
    checks: z.record(
      z.string(),
      z
        .object({ ok: z.boolean(), detail: z.string() })
        .openapi("ReadinessCheck", { example: { ok: true, detail: "abacus on cpu (2 threads)" } }),
    ),
  })
  .openapi("Readiness", { example: { ready: true, checks: exampleChecks } });

const exampleStep = { say: "Start an iteration", curl: "curl -X POST http://127.0.0.1:8080/v1/iterations" };

export const IndexSchema = z
  .object({
    name: z.literal("rzero"),
    version: z.string(),
    about: z.string(),
    next: z.array(z.object({ say: z.string(), curl: z.string() }).openapi("NextStep", { example: exampleStep })),
    contract: z.string().openapi({ description: "Where the OpenAPI document is." }),
    docs: z.string().openapi({ description: "The same to read and try, in a browser." }),
  })
  .openapi("Index", {
    example: {
      name: "rzero",
      version: "0.1.0",
      about: "R-Zero as a service.",
      next: [exampleStep],
      contract: "http://127.0.0.1:8080/openapi.yaml",
      docs: "http://127.0.0.1:8080/docs",
    },
  });

export const DocumentSchema = z
  .record(z.string(), z.unknown())
  .openapi("OpenApiDocument", { description: "This document.", example: { openapi: "3.1.0" } });

export const DocumentTextSchema = z
  .string()
  .openapi("OpenApiText", { description: "This document as YAML.", example: "openapi: 3.1.0" });

export const MetricsTextSchema = z.string().openapi("MetricsText", {
  description: "Prometheus' text format, version 0.0.4.",
  example: 'rzero_operations{state="queued"} 0',
});
