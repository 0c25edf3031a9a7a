/**
 * Idempotency-Key: the first request with a key is answered and its answer kept; the same request again gets that
 * answer, another request with the same key is refused. Only answers below 400 are kept: a refused request made
 * nothing, so its key stays free for the corrected one.
 */
import { createHash } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import type { IdempotencyStore } from "../../src/records/idempotency.ts";
import { EdgeError } from "../errors.ts";
import type { AppEnv } from "./app-env.ts";

const keptHeaders = ["content-type", "location", "etag", "preference-applied"];

const keyShape = /^[\x21-\x7e]{1,255}$/;

export function idempotency(store: IdempotencyStore): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const key = c.req.header("idempotency-key");
    if (key === undefined) return next();
    if (!keyShape.test(key)) {
      const message = "Must be 1 to 255 visible ASCII characters.";
      throw new EdgeError("invalid-request", `idempotency-key: ${message}`, {
        errors: [{ in: "header", field: "idempotency-key", message, value: key }],
      });
    }
    const fingerprint = createHash("sha256")
      // Who asks is part of the request: nobody is shown what another key's holder was answered.
      .update(`${c.req.method} ${c.req.path}\n${c.req.header("authorization") ?? ""}\n`)
      .update(Buffer.from(await c.req.arrayBuffer()))
      .digest("hex");
    const claim = store.claim(key, fingerprint);
    if (claim.kind === "in-flight") {
      throw new EdgeError("idempotency-in-flight", `The first request with key "${key}" is still being answered.`);
    }
    if (claim.kind === "mismatch") {
      throw new EdgeError("idempotency-mismatch", `Key "${key}" was used for a request with another path or body.`, {
        errors: [{ in: "header", field: "idempotency-key", message: "Used for a different request.", value: key }],
      });
    }
    if (claim.kind === "replay") {
      const { status, headers, body } = claim.response;
      return new Response(body, { status, headers: { ...headers, "idempotency-replayed": "true" } });
    }
    let answered = false;
    try {
      await next();
      if (c.res.status < 400) {
        const headers: Record<string, string> = {};
        for (const name of keptHeaders) {
          const value = c.res.headers.get(name);
          if (value !== null) headers[name] = value;
        }
        store.complete(key, { status: c.res.status, headers, body: await c.res.clone().text() });
        answered = true;
      }
    } finally {
      if (!answered) store.release(key);
    }
  };
}
