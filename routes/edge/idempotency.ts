/**
 * Idempotency-Key: the first request with a key is answered and its answer kept; the same request again gets that
 * answer, another request with the same key is refused. Only answers below 400 are kept: a refused request made
 * nothing, so its key stays free for the corrected one. A request that was cut off after it made something (the process
 * was killed, say) is answered when it comes again, with what it had made and as that is now.
 */
import { createHash } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import type { IdempotencyStore } from "../../src/records/idempotency.ts";
import { EdgeError } from "../errors.ts";
import type { AppEnv } from "./app-env.ts";

const keptHeaders = ["content-type", "location", "etag", "preference-applied"];

const keyShape = /^[\x21-\x7e]{1,255}$/;

/** Each holder of an API key has keys of their own: nobody is shown what another was answered. */
function scopedKey(key: string, authorization: string | undefined): string {
  if (authorization === undefined) return key;
  return `${createHash("sha256").update(authorization).digest("hex").slice(0, 16)}:${key}`;
}

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
    const name = scopedKey(key, c.req.header("authorization"));
    const fingerprint = createHash("sha256")
      .update(`${c.req.method} ${c.req.path}\n`)
      .update(Buffer.from(await c.req.arrayBuffer()))
      .digest("hex");
    const claim = store.claim(name, fingerprint);
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
    c.set("attempt", {
      made: claim.kind === "made" ? claim.resources : null,
      note: (resources) => store.note(name, resources),
    });
    let answered = false;
    try {
      await next();
      if (claim.kind === "made") c.res.headers.set("idempotency-replayed", "true");
      if (c.res.status < 400) {
        const headers: Record<string, string> = {};
        for (const header of keptHeaders) {
          const value = c.res.headers.get(header);
          if (value !== null) headers[header] = value;
        }
        store.complete(name, { status: c.res.status, headers, body: await c.res.clone().text() });
        answered = true;
      }
    } finally {
      if (!answered) store.release(name);
    }
  };
}
