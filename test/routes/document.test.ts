import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { assembleDocument } from "../../routes/document.ts";
import { endpoints } from "../../routes/endpoints.ts";
import { contract, testEdge } from "../support/edge.ts";

const root = new URL("../../", import.meta.url);
const { version } = JSON.parse(readFileSync(new URL("package.json", root), "utf8"));
const document = assembleDocument(endpoints, version);
// biome-ignore lint/suspicious/noExplicitAny: the document is plain data here.
const json = document.json as any;

interface Described {
  operationId: string;
  tags: string[];
  summary?: string;
  responses: Record<string, { description: string; content?: Record<string, { schema: { $ref?: string } }> }>;
  requestBody?: { content: Record<string, { schema: { $ref?: string } }> };
}

const operations: [string, Described][] = Object.entries(json.paths).flatMap(([path, methods]) =>
  Object.entries(methods as Record<string, Described>).map(([method, operation]): [string, Described] => [
    `${method.toUpperCase()} ${path}`,
    operation,
  ]),
);

describe("openapi.yaml", () => {
  it("is what the routes say", () => {
    const committed = readFileSync(new URL("openapi.yaml", root), "utf8");
    expect(committed === document.yaml, "openapi.yaml has drifted from the routes: run npm run openapi").toBe(true);
  });

  it("describes every route of the app, and no other", () => {
    const { app } = testEdge();
    const alsoAt = new Set(endpoints.map((each) => each.alsoAt));
    const routed = app.routes
      .filter(({ path, method }) => method !== "ALL" && !alsoAt.has(path))
      .map(({ path, method }) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`);
    expect([...new Set(routed)].sort()).toEqual(operations.map(([name]) => name).sort());
  });

  it("names every operation resource_verb, once, with one known tag and a summary", () => {
    const ids = operations.map(([, { operationId }]) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[a-z]+(_[a-z]+)+$/);
    const known = json.tags.map(({ name }: { name: string }) => name);
    for (const [name, operation] of operations) {
      expect(operation.tags, name).toHaveLength(1);
      expect(known, name).toContain(operation.tags[0]);
      expect(operation.summary, name).toBeTruthy();
    }
  });

  it("uses a named component for every body", () => {
    for (const [name, { responses, requestBody }] of operations) {
      const contents = [requestBody?.content, ...Object.values(responses).map(({ content }) => content)];
      for (const { schema } of contents.flatMap((content) => Object.values(content ?? {}))) {
        expect(schema.$ref, name).toMatch(/^#\/components\/schemas\/\w+$/);
      }
    }
  });

  it("has no object schema without a name inside a component", () => {
    const inline: string[] = [];
    const look = (node: unknown, where: string, top: boolean): void => {
      if (typeof node !== "object" || node === null) return;
      if (!top && (node as { properties?: object }).properties !== undefined) inline.push(where);
      for (const [key, value] of Object.entries(node)) if (key !== "example") look(value, `${where}.${key}`, false);
    };
    for (const [name, schema] of Object.entries(json.components.schemas)) look(schema, name, true);
    expect(inline).toEqual([]);
  });

  it("gives every component an example that fits it", () => {
    for (const [name, schema] of Object.entries<{ example?: unknown; enum?: unknown }>(json.components.schemas)) {
      expect(schema.example, `${name} has no example`).toBeDefined();
      contract.validate(name, schema.example);
    }
  });

  it("says of every log-probability whether it is raw or processed", () => {
    const told: string[] = [];
    for (const [name, schema] of Object.entries<{ properties?: Record<string, { description?: string }> }>(
      json.components.schemas,
    )) {
      for (const [field, { description }] of Object.entries(schema.properties ?? {})) {
        if (!/^(\w+Logprobs|token_logprobs|top_logprobs|logprob)$/.test(field)) continue;
        if (/Create$|^ChatTokenLogprob$/.test(name)) continue;
        expect(description, `${name}.${field}`).toMatch(/RAW|PROCESSED/);
        told.push(`${name}.${field}`);
      }
    }
    expect(told).toContain("Rollout.sampledLogprobs");
    expect(told).toContain("TextLogprobs.token_logprobs");
  });

  it("is served as it is committed", async () => {
    const { send } = testEdge({ version });
    expect((await send("GET", "/openapi.json")).body).toEqual(json);
    const yaml = await send("GET", "/openapi.yaml");
    expect(yaml.text).toBe(document.yaml);
    expect(yaml.headers.get("content-type")).toBe("application/yaml; charset=utf-8");
  });
});
