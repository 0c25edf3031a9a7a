import { z } from "@hono/zod-openapi";
import { endpoint } from "../edge/endpoint.ts";
import { errorResponses } from "../wire/problem-schema.ts";

const exampleBenchmark = {
  name: "arithmetic",
  title: "held-out questions of arithmetic",
  source: "held-out" as const,
  metric: "meanAtK" as const,
  samples: 8,
  available: true,
  problem: null,
};

const BenchmarkSchema = z
  .object({
    name: z.string(),
    title: z.string(),
    source: z.enum(["public", "own", "held-out"]).openapi({
      description: "A public data set, a YAML file of the operator's own, or the held-out questions of a domain.",
    }),
    metric: z.enum(["meanAtK", "greedy"]).openapi({ description: "What it is reported by." }),
    samples: z.number().int().openapi({ description: "Sampled answers to each question unless told." }),
    available: z.boolean(),
    problem: z.string().nullable().openapi({ description: "Why it is not available: what is expected, and where." }),
  })
  .openapi("Benchmark", { example: exampleBenchmark });

const BenchmarkListSchema = z
  .object({ data: z.array(BenchmarkSchema) })
  .openapi("BenchmarkList", { example: { data: [exampleBenchmark] } });

export const listBenchmarks = endpoint(
  {
    method: "get",
    path: "/v1/benchmarks",
    operationId: "benchmarks_list",
    tags: ["evaluations"],
    summary: "List benchmarks",
    responses: {
      200: {
        description: "All that are known, by name; those without data too.",
        content: { "application/json": { schema: BenchmarkListSchema } },
      },
      ...errorResponses([]),
    },
  },
  async (c) => {
    const found = await c.var.services.evaluations.benchmarks();
    const data = found.map(({ name, title, source, metric, samples, available, problem }) => ({
      name,
      title,
      source,
      metric,
      samples,
      available,
      problem,
    }));
    return c.json({ data }, 200);
  },
);
