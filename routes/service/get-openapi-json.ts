import { endpoint } from "../edge/endpoint.ts";
import { DocumentSchema } from "./service-schema.ts";

export const getOpenApiJson = endpoint(
  {
    method: "get",
    path: "/openapi.json",
    operationId: "openapi_get_json",
    tags: ["service"],
    summary: "The contract as JSON",
    security: [],
    responses: { 200: { description: "OpenAPI 3.1.", content: { "application/json": { schema: DocumentSchema } } } },
  },
  (c) => c.json(c.var.edge.document().json, 200),
);
