/** Bearer keys. Only their sha256 is known here, and comparing takes the same time whichever key is wrong, and where. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import { EdgeError } from "../errors.ts";
import type { AppEnv } from "./app-env.ts";

/** @throws Error at start for a hash that is not 64 hex digits: it would silently never match. */
export function requireApiKey(hashes: readonly string[]): MiddlewareHandler<AppEnv> {
  const accepted = hashes.map((hash) => {
    if (!/^[0-9a-f]{64}$/i.test(hash))
      throw new Error(`An API key hash must be 64 hex digits (sha256), got "${hash}".`);
    return Buffer.from(hash, "hex");
  });
  return async (c, next) => {
    if (accepted.length > 0) {
      const header = c.req.header("authorization") ?? "";
      const [, key] = /^Bearer +(\S+)$/i.exec(header) ?? [];
      const digest = createHash("sha256")
        .update(key ?? "")
        .digest();
      let known = false;
      for (const hash of accepted) known = timingSafeEqual(hash, digest) || known;
      if (key === undefined) throw new EdgeError("unauthorized", "Send `Authorization: Bearer <key>`.");
      if (!known) throw new EdgeError("unauthorized", "This API key is not known here.");
    }
    await next();
  };
}
