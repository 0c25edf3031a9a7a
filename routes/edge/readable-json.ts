/**
 * JSON for people. A client that names application/json in Accept gets compact JSON; everybody else (curl's any-type default, a
 * browser) gets two-space indentation, with lists of plain values on one line, so that a histogram is a line and not
 * eleven.
 */
import type { MiddlewareHandler } from "hono";

function isPlain(value: unknown): boolean {
  return typeof value !== "object" || value === null;
}

export function readableJson(value: unknown, indent = ""): string {
  if (isPlain(value)) return JSON.stringify(value) ?? "null";
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    if (value.every(isPlain)) return `[${value.map((item) => readableJson(item)).join(", ")}]`;
    return `[\n${value.map((item) => inner + readableJson(item, inner)).join(",\n")}\n${indent}]`;
  }
  const entries = Object.entries(value as object).filter(([, item]) => item !== undefined);
  if (entries.length === 0) return "{}";
  const lines = entries.map(([key, item]) => `${inner}${JSON.stringify(key)}: ${readableJson(item, inner)}`);
  return `{\n${lines.join(",\n")}\n${indent}}`;
}

const jsonType = /^application\/(problem\+)?json\b/;

export function prefersCompactJson(accept: string | undefined): boolean {
  return accept?.includes("application/json") ?? false;
}

export function readableAnswers(): MiddlewareHandler {
  return async (c, next) => {
    await next();
    const type = c.res.headers.get("content-type") ?? "";
    if (!jsonType.test(type) || c.res.body === null || prefersCompactJson(c.req.header("accept"))) return;
    const { status, headers } = c.res;
    headers.delete("content-length");
    const text = `${readableJson(await c.res.json())}\n`;
    c.res = undefined;
    c.res = new Response(text, { status, headers });
  };
}
