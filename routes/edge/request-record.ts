/** Outermost of all: gives each request its id, writes one log line about it, and lets go of bodies nobody reads. */
import type { MiddlewareHandler } from "hono";
import { ulid } from "ulid";
import type { AppEnv, Log } from "./app-env.ts";

const acceptableId = /^[\w.:=-]{1,128}$/;

export function requestRecord(log: Log, clock: () => Date): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const started = clock().getTime();
    const given = c.req.header("x-request-id");
    const requestId = given !== undefined && acceptableId.test(given) ? given : `req_${ulid(started)}`;
    c.set("requestId", requestId);
    await next();
    // Hono answers HEAD by running GET and dropping its body; a body that is a stream would stay open.
    if (c.req.method === "HEAD") await c.res.body?.cancel();
    c.res.headers.set("x-request-id", requestId);
    const line = {
      requestId,
      method: c.req.method,
      path: c.req.path,
      status: c.res.status,
      milliseconds: clock().getTime() - started,
    };
    if (c.res.status >= 500) log.error({ ...line, err: c.error }, "request failed");
    else log.info(line, "request");
  };
}
