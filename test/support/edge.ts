/** The app over in-memory services, and a client that holds every answer against the contract. */
import { createApp } from "../../routes/app.ts";
import { assembleDocument } from "../../routes/document.ts";
import type { AppOptions } from "../../routes/edge/app-env.ts";
import { endpoints } from "../../routes/endpoints.ts";
import { createPrometheus } from "../../src/telemetry/prometheus.ts";
import { Contract } from "./contract.ts";
import { InMemoryIdempotency } from "./in-memory-idempotency.ts";
import { type InMemoryServices, inMemoryServices } from "./services/in-memory-services.ts";

export const contract = new Contract({ ...assembleDocument(endpoints, "0.0.0").json });

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: bodies are checked against the contract, then read freely.
  readonly body: any;
}

export interface LogLine {
  readonly level: "info" | "warn" | "error";
  readonly fields: Record<string, unknown>;
  readonly message: string;
}

export interface TestEdge {
  readonly app: ReturnType<typeof createApp>;
  readonly services: InMemoryServices;
  readonly lines: LogLine[];
  /** A JSON body where `body` is given; strings are sent as they are. */
  send(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
    origin?: string,
  ): Promise<Answer>;
}

export function testEdge(options: Partial<AppOptions> = {}): TestEdge {
  const services = inMemoryServices();
  const lines: LogLine[] = [];
  const keep = (level: LogLine["level"]) => (fields: object, message: string) => {
    lines.push({ level, fields: { ...fields }, message });
  };
  const app = createApp({
    services,
    idempotency: new InMemoryIdempotency(),
    version: "0.0.0",
    clock: () => new Date(Date.UTC(2026, 7, 22)),
    telemetry: createPrometheus({
      version: "0.0.0",
      process: false,
      readings: { operations: () => services.health.queue(), ready: () => services.health.ready().ready },
    }),
    log: { info: keep("info"), warn: keep("warn"), error: keep("error") },
    ...options,
  });
  return {
    app,
    services,
    lines,
    async send(method, path, body, headers = {}, origin = "http://127.0.0.1:8080") {
      const accept = path.includes("/events") ? "text/event-stream" : "application/json";
      const json: Record<string, string> = body === undefined ? {} : { "content-type": "application/json" };
      const response = await app.request(`${origin}${path}`, {
        method,
        headers: { accept, ...json, ...headers },
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      });
      await contract.check(method, new URL(path, "http://a").pathname, response.clone());
      const text = await response.text();
      const isJson = /json\b/.test(response.headers.get("content-type") ?? "");
      return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : text };
    },
  };
}
