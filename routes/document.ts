/** The OpenAPI document, assembled from the route values alone: no service and no server is needed. */
import { OpenAPIHono } from "@hono/zod-openapi";
import { stringify } from "yaml";
import type { Endpoint } from "./edge/endpoint.ts";
import { evaluatorBatch } from "./evaluators/evaluator-batch.ts";
import { webhookMessage } from "./webhooks/webhook-message.ts";
import { declareAnswerHeaders } from "./wire/answer-headers.ts";

const tags = [
  { name: "runs", description: "A Challenger and a Solver from one base model, and everything they do." },
  { name: "iterations", description: "The whole loop: propose, vote, gate, train both, evaluate." },
  { name: "questions", description: "What the Challenger wrote, or you; with votes and verdict." },
  { name: "solutions", description: "The Solver's answers to a question, and their majority." },
  { name: "scores", description: "Grading, votes and rewards, part by part." },
  { name: "training-steps", description: "Single GRPO updates." },
  { name: "evaluations", description: "Benchmarks: what a model can do, with intervals, item by item." },
  { name: "checkpoints", description: "Weights in Hugging Face layout, with lineage." },
  { name: "operations", description: "Every job: state, progress, events; pause, resume, cancel." },
  { name: "backups", description: "Copies of everything the service remembers, from which another can start." },
  {
    name: "evaluators",
    description: "Graders, verifiers, judges and gates of your own, over HTTP; every batch is recorded.",
  },
  { name: "webhooks", description: "Signed messages about what happens, and how each was delivered." },
  { name: "models", description: "What can be asked." },
  { name: "completions", description: "OpenAI-compatible serving." },
  { name: "service", description: "Health and contract." },
];

export interface ApiDocument {
  readonly json: Readonly<Record<string, unknown>>;
  readonly yaml: string;
}

export function assembleDocument(endpoints: readonly Endpoint[], version: string): ApiDocument {
  const { openAPIRegistry, getOpenAPI31Document } = new OpenAPIHono();
  openAPIRegistry.registerComponent("securitySchemes", "apiKey", {
    type: "http",
    scheme: "bearer",
    description: "Asked for only where the service was started with API keys.",
  });
  for (const { route } of endpoints) openAPIRegistry.registerPath(route);
  for (const made of [webhookMessage, evaluatorBatch]) openAPIRegistry.registerWebhook(made);
  const document = getOpenAPI31Document(
    {
      openapi: "3.1.0",
      info: {
        title: "rzero",
        version,
        description:
          "R-Zero as a service: self-evolving reasoning from zero data. Propose, solve, score, train, iterate.",
        license: { name: "MIT", url: "https://opensource.org/license/mit" },
      },
      servers: [{ url: "http://127.0.0.1:8080", description: "Where it listens unless told otherwise." }],
      tags,
      security: [{ apiKey: [] }, {}],
    },
    { unionPreferredType: "oneOf" },
  );
  // Through JSON once: what is served, what is written and what is tested is then the same plain data.
  const json = declareAnswerHeaders(JSON.parse(JSON.stringify(document)) as Record<string, unknown>);
  return { json, yaml: stringify(json, { lineWidth: 0, aliasDuplicateObjects: false }) };
}
