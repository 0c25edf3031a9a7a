import { endpoint } from "../edge/endpoint.ts";
import { ReadinessSchema } from "./service-schema.ts";

export const getReadiness = endpoint(
  {
    method: "get",
    path: "/readyz",
    operationId: "readiness_get",
    tags: ["service"],
    summary: "Can it do its work?",
    description: "Ready once the policy is open and the database migrated.",
    security: [],
    responses: {
      200: { description: "It can.", content: { "application/json": { schema: ReadinessSchema } } },
      503: {
        description: "Not now; the checks say why.",
        content: { "application/json": { schema: ReadinessSchema } },
      },
    },
  },
  (c) => {
    const { ready, checks } = c.var.services.health.ready();
    const entries = Object.entries(checks).map(([name, { ok, detail }]) => [name, { ok, detail }] as const);
    return c.json({ ready, checks: Object.fromEntries(entries) }, ready ? 200 : 503);
  },
);
