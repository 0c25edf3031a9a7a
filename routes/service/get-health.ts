import { endpoint } from "../edge/endpoint.ts";
import { HealthSchema } from "./service-schema.ts";

export const getHealth = endpoint(
  {
    method: "get",
    path: "/healthz",
    operationId: "health_get",
    tags: ["service"],
    summary: "Is the process alive?",
    security: [],
    responses: { 200: { description: "It is.", content: { "application/json": { schema: HealthSchema } } } },
  },
  (c) => c.json({ status: "ok" as const, version: c.var.edge.version }, 200),
);
