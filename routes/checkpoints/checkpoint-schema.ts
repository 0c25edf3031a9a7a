/** Checkpoints on the wire. Where their files lie is nobody's business. */
import { createHash } from "node:crypto";
import { z } from "@hono/zod-openapi";
import type { Checkpoint } from "../../src/records/records.ts";
import { DigestSchema, MeasuredSchema, measured, nullable, TimestampSchema } from "../wire/field-schemas.ts";
import { pageSchema } from "../wire/page.ts";

const exampleCheckpoint = {
  id: "ckpt_01JZX3T5N8Q4W2E6R7T9Y1V3C2",
  runId: "run_01JZX3T5N8Q4W2E6R7T9Y1V3B5",
  iterationId: "iter_01JZX3T5N8Q4W2E6R7T9Y1V3B9",
  role: "solver" as const,
  model: "abacus",
  digest: `sha256:${"60303ae22b998861".repeat(4)}`,
  policyVersion: 15,
  parents: ["ckpt_01JZX3T5N8Q4W2E6R7T9Y1V3B7"],
  bytes: 3_162_112,
  metrics: { meanAtK: 0.41 },
  pinned: false,
  prunedAt: null,
  createdAt: "2026-08-22T09:30:41.000Z",
};

export const CheckpointSchema = z
  .object({
    id: z.string(),
    runId: z.string().nullable(),
    iterationId: z.string().nullable(),
    role: z.enum(["challenger", "solver", "base"]),
    model: z.string(),
    digest: DigestSchema,
    policyVersion: z.number().int().openapi({ description: "Updates these weights have seen." }),
    parents: z.array(z.string()).openapi({ description: "Checkpoints these weights come from." }),
    bytes: z.number().int(),
    metrics: z.record(z.string(), MeasuredSchema),
    pinned: z.boolean().openapi({ description: "Never pruned." }),
    prunedAt: nullable(TimestampSchema).openapi({
      description: "When the rule about keeping checkpoints removed its files; null: they are there.",
    }),
    createdAt: TimestampSchema,
  })
  .openapi("Checkpoint", { example: exampleCheckpoint });

export const CheckpointUpdateSchema = z
  .strictObject({ pinned: z.boolean() })
  .openapi("CheckpointUpdate", { example: { pinned: true } });

export const CheckpointPageSchema = pageSchema("CheckpointPage", CheckpointSchema, exampleCheckpoint);

export const CheckpointArchiveSchema = z.string().openapi("CheckpointArchive", {
  format: "binary",
  description: "A tar of a Hugging Face model folder.",
  example: "config.json, model.safetensors, tokenizer.json, ...",
});

export function checkpointView(checkpoint: Checkpoint): z.infer<typeof CheckpointSchema> {
  const metrics = Object.entries(checkpoint.metrics).map(([name, value]) => [name, measured(value)] as const);
  return {
    id: checkpoint.id,
    runId: checkpoint.runId,
    iterationId: checkpoint.iterationId,
    role: checkpoint.role,
    model: checkpoint.model,
    digest: checkpoint.digest,
    policyVersion: checkpoint.policyVersion,
    parents: [...checkpoint.parents],
    bytes: checkpoint.bytes,
    metrics: Object.fromEntries(metrics),
    pinned: checkpoint.pinned,
    prunedAt: checkpoint.prunedAt,
    createdAt: checkpoint.createdAt,
  };
}

/** Strong entity tag: changes whenever anything shown of the checkpoint changes. */
export function checkpointTag(checkpoint: Checkpoint): string {
  const shown = JSON.stringify(checkpointView(checkpoint));
  return `"${createHash("sha256").update(shown).digest("hex").slice(0, 32)}"`;
}
