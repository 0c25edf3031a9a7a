/** Models on the wire: OpenAI's shape, and what we know beyond it. */
import { z } from "@hono/zod-openapi";
import type { ServedModel } from "../../src/training/services.ts";
import { DigestSchema } from "../wire/field-schemas.ts";

const exampleModel = {
  id: "run_01JZX3T5N8Q4W2E6R7T9Y1V3B5/solver",
  object: "model" as const,
  created: 1787391000,
  owned_by: "rzero" as const,
  kind: "policy" as const,
  weights: `sha256:${"60303ae22b998861".repeat(4)}`,
  max_model_len: 256,
  parameters: 790_528,
};

export const ModelSchema = z
  .object({
    id: z.string().openapi({ description: "A base model, `run_.../role` or a checkpoint id." }),
    object: z.literal("model"),
    created: z.number().int().openapi({ description: "Seconds since 1970." }),
    owned_by: z.literal("rzero"),
    kind: z.enum(["base", "policy", "checkpoint"]),
    weights: DigestSchema,
    max_model_len: z.number().int().openapi({ description: "Longest prompt and completion together, in tokens." }),
    parameters: z.number().int(),
  })
  .openapi("Model", { example: exampleModel });

export const ModelListSchema = z
  .object({ object: z.literal("list"), data: z.array(ModelSchema) })
  .openapi("ModelList", { example: { object: "list", data: [exampleModel] } });

export function modelView(model: ServedModel): z.infer<typeof ModelSchema> {
  return {
    id: model.id,
    object: "model",
    created: model.created,
    owned_by: "rzero",
    kind: model.kind,
    weights: model.digest,
    max_model_len: model.contextLength,
    parameters: model.parameters,
  };
}
