import { endpoint } from "../edge/endpoint.ts";
import { IndexSchema } from "./service-schema.ts";

export const getIndex = endpoint(
  {
    method: "get",
    path: "/",
    operationId: "index_get",
    tags: ["service"],
    summary: "What to do next",
    security: [],
    responses: { 200: { description: "First steps.", content: { "application/json": { schema: IndexSchema } } } },
  },
  (c) => {
    const { origin } = new URL(c.req.url);
    const next = [
      { say: "See the iterations so far", curl: `curl ${origin}/v1/iterations` },
      { say: "Run one iteration with the default settings", curl: `curl -X POST ${origin}/v1/iterations` },
      { say: "Follow its operation while it runs", curl: `curl -N ${origin}/v1/operations/OPERATION_ID/events` },
      { say: "See the settings a run can start from", curl: `curl ${origin}/v1/presets` },
      { say: "See the models that can be asked", curl: `curl ${origin}/v1/models` },
    ];
    return c.json(
      {
        name: "rzero" as const,
        version: c.var.edge.version,
        about: "R-Zero as a service: a Challenger and a Solver that improve each other from zero data.",
        next,
        contract: `${origin}/openapi.yaml`,
        docs: `${origin}/docs`,
      },
      200,
    );
  },
);
