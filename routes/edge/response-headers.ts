/** What every answer says to browsers: it is what its media type says, it belongs into no frame, and it runs nothing. */
import type { MiddlewareHandler } from "hono";

const usual = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
};

/** A page that needs more than the usual says so itself. */
export function responseHeaders(): MiddlewareHandler {
  return async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(usual)) {
      if (!c.res.headers.has(name)) c.res.headers.set(name, value);
    }
  };
}
