/** Two evaluations compared, on the wire. */
import { z } from "@hono/zod-openapi";
import type { Comparison } from "../../src/records/evaluations.ts";
import { IntervalSchema } from "../runs/run-schema.ts";
import { idSchema, SeedSchema } from "../wire/field-schemas.ts";

const metric = z.enum(["greedy", "meanAtK"]);

export const ComparisonCreateSchema = z
  .strictObject({
    a: idSchema("eval"),
    b: idSchema("eval"),
    metric: metric.optional().openapi({ description: "greedy where both have it, unless told." }),
    seed: SeedSchema.optional(),
  })
  .openapi("ComparisonCreate", {
    description: "Two completed evaluations of the same items.",
    example: { a: "eval_01JZX3T5N8Q4W2E6R7T9Y1V3E1", b: "eval_01JZX3T5N8Q4W2E6R7T9Y1V3E2", metric: "greedy", seed: 7 },
  });

const exampleComparison: Comparison = {
  metric: "greedy",
  items: 240,
  a: 0.817,
  b: 0.775,
  difference: { value: -0.042, low: -0.083, high: 0 },
  better: 9,
  worse: 19,
  test: "mcnemar-exact",
  pValue: 0.0872,
};

export const ComparisonSchema = z
  .object({
    metric,
    items: z.number().int(),
    a: z.number(),
    b: z.number(),
    difference: IntervalSchema,
    better: z.number().int().openapi({ description: "Items on which b is better than a." }),
    worse: z.number().int(),
    test: z.enum(["mcnemar-exact", "paired-bootstrap"]).openapi({
      description:
        "McNemar's exact test where an item is right or wrong (greedy), a paired bootstrap where it is a share.",
    }),
    pValue: z.number().openapi({ description: "Two-sided." }),
  })
  .openapi("Comparison", { description: "b against a, item by item.", example: exampleComparison });

export function comparisonView(comparison: Comparison): z.infer<typeof ComparisonSchema> {
  const { metric: measured, items, a, b, difference, better, worse, test, pValue } = comparison;
  return { metric: measured, items, a, b, difference: { ...difference }, better, worse, test, pValue };
}
