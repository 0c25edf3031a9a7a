import { endpoint } from "../edge/endpoint.ts";
import { errorResponses } from "../wire/problem-schema.ts";
import { PresetListSchema } from "./run-schema.ts";

export const listPresets = endpoint(
  {
    method: "get",
    path: "/v1/presets",
    operationId: "presets_list",
    tags: ["runs"],
    summary: "List presets",
    description: "Named configurations a run can start from, with every value visible.",
    responses: {
      200: { description: "All presets.", content: { "application/json": { schema: PresetListSchema } } },
      ...errorResponses([]),
    },
  },
  (c) => {
    const presets = c.var.services.runs.presets();
    return c.json({ data: presets.map(({ name, description, config }) => ({ name, description, config })) }, 200);
  },
);
