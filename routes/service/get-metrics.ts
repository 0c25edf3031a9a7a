import { endpoint } from "../edge/endpoint.ts";
import { errorResponses } from "../wire/problem-schema.ts";
import { MetricsTextSchema } from "./service-schema.ts";

export const getMetrics = endpoint(
  {
    method: "get",
    path: "/metrics",
    operationId: "metrics_get",
    tags: ["service"],
    summary: "Metrics for Prometheus",
    description:
      "Requests, operations, training, iterations, the engine, calls of evaluators and webhook attempts. Asks for a key where there are any.",
    responses: {
      200: { description: "The metrics.", content: { "text/plain": { schema: MetricsTextSchema } } },
      ...errorResponses([]),
    },
  },
  async (c) => {
    const { metrics } = c.var.edge;
    return c.text(await metrics.text(), 200, { "content-type": metrics.contentType }) as never;
  },
);
