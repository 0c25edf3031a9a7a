import { z } from "@hono/zod-openapi";
import { endpoint } from "../edge/endpoint.ts";
import { startedStream } from "../edge/started-stream.ts";
import { idParams } from "../wire/field-schemas.ts";
import { errorResponses } from "../wire/problem-schema.ts";
import { CheckpointArchiveSchema } from "./checkpoint-schema.ts";

export const downloadCheckpoint = endpoint(
  {
    method: "get",
    path: "/v1/checkpoints/{id}/download",
    operationId: "checkpoints_download",
    tags: ["checkpoints"],
    summary: "Download a checkpoint",
    description:
      "A tar of the Hugging Face folder: config, tokenizer and model.safetensors. Of a trained adapter, PEFT's layout: " +
      "adapter_config.json and adapter_model.safetensors; `merged=true` makes a whole model of it, which takes a while.",
    request: {
      params: idParams("ckpt"),
      query: z.object({ merged: z.enum(["true", "false"]).optional().openapi({ example: "true" }) }).strict(),
    },
    responses: {
      200: {
        description: "The archive.",
        content: { "application/x-tar": { schema: CheckpointArchiveSchema } },
        headers: { "Content-Disposition": { schema: { type: "string" }, description: "`<id>.tar`." } },
      },
      ...errorResponses(["not-found", "conflict", "pruned", "engine-crashed"]),
    },
  },
  async (c) => {
    const { checkpoints } = c.var.services;
    const { id } = checkpoints.get(c.req.valid("param").id);
    const archive = await startedStream(checkpoints.download(id, { merged: c.req.valid("query").merged === "true" }));
    c.header("content-type", "application/x-tar");
    c.header("content-disposition", `attachment; filename="${id}.tar"`);
    return c.body(archive, 200);
  },
);
