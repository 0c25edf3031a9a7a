/** Bearer keys. Only their sha256 is known here, and comparing takes the same time whichever key is wrong, and where. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import { EdgeError } from "../errors.ts";
import type { AppEnv } from "./app-env.ts";
import { addressOf } from "./client.ts";

/**
 * Says who is asking, in `c.var.client`: `key:` and the first digits of its hash, or `address:`. Whoever shows no key or a
 * wrong one is an address: guessing keys does not make new clients.
 * @throws Error at start for a hash that is not 64 hex digits: it would silently never match.
 */
export function identifyClient(hashes: readonly string[]): MiddlewareHandler<AppEnv> {
  const accepted = hashes.map((hash) => {
    if (!/^[0-9a-f]{64}$/i.test(hash))
      throw new Error(`An API key hash must be 64 hex digits (sha256), got "${hash}".`);
    return Buffer.from(hash, "hex");
  });
  return async (c, next) => {
    const key = presentedKey(c.req.header("authorization"));
    const digest = createHash("sha256")
      .update(key ?? "")
      .digest();
    let known = false;
    for (const hash of accepted) known = timingSafeEqual(hash, digest) || known;
    const recognised = known && key !== undefined;
    c.set("client", recognised ? `key:${digest.toString("hex", 0, 6)}` : `address:${addressOf(c)}`);
    c.set("mayAsk", recognised || accepted.length === 0);
    await next();
  };
}

/** Refuses whom `identifyClient` did not recognise, where there are keys. */
export function requireApiKey(): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    if (c.var.mayAsk) return next();
    const nothing = presentedKey(c.req.header("authorization")) === undefined;
    throw new EdgeError(
      "unauthorized",
      nothing ? "Send `Authorization: Bearer <key>`." : "This API key is not known here.",
    );
  };
}

function presentedKey(header: string | undefined): string | undefined {
  return /^Bearer +(\S+)$/i.exec(header ?? "")?.[1];
}
