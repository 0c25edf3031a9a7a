import { endpoint } from "../edge/endpoint.ts";
import { idSchema } from "../wire/field-schemas.ts";
import { listQuery, pageRequest, pageView } from "../wire/page.ts";
import { errorResponses } from "../wire/problem-schema.ts";
import { IterationPageSchema, iterationView } from "./iteration-schema.ts";

/** What an empty list says: the request that fills it, ready to be pasted. */
function hint(origin: string, run: string | undefined): string {
  const start = `curl -X POST ${origin}/v1/iterations`;
  return run === undefined
    ? `Nothing has run yet. Start the first iteration with: ${start}`
    : `This run has no iterations yet. Start one with: ${start} --json '{"run": "${run}"}'`;
}

export const listIterations = endpoint(
  {
    method: "get",
    path: "/v1/iterations",
    operationId: "iterations_list",
    tags: ["iterations"],
    summary: "List iterations",
    request: { query: listQuery({ run: idSchema("run").optional() }) },
    responses: {
      200: {
        description: "Iterations, newest first.",
        content: { "application/json": { schema: IterationPageSchema } },
      },
      ...errorResponses(["invalid-value"]),
    },
  },
  (c) => {
    const { run, ...page } = c.req.valid("query");
    const found = pageView(c.var.services.iterations.list(pageRequest(page), { run }), iterationView);
    const nothingYet = found.data.length === 0 && page.after === undefined;
    return c.json(nothingYet ? { ...found, hint: hint(new URL(c.req.url).origin, run) } : found, 200);
  },
);
