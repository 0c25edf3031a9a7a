import { endpoint } from "../edge/endpoint.ts";
import { DocumentTextSchema } from "./service-schema.ts";

export const getOpenApiYaml = endpoint(
  {
    method: "get",
    path: "/openapi.yaml",
    operationId: "openapi_get_yaml",
    tags: ["service"],
    summary: "The contract as YAML",
    security: [],
    responses: {
      200: { description: "OpenAPI 3.1.", content: { "application/yaml": { schema: DocumentTextSchema } } },
    },
  },
  (c) => c.body(c.var.edge.document().yaml, 200, { "content-type": "application/yaml; charset=utf-8" }),
);
