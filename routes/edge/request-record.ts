/** Outermost of all: gives each request its id, measures it, writes one line about it, and lets go of bodies nobody reads. */
import type { MiddlewareHandler } from "hono";
import { ulid } from "ulid";
import type { Telemetry } from "../../src/telemetry/telemetry.ts";
import type { AppEnv, Log } from "./app-env.ts";
import { serverTiming } from "./server-timing.ts";

// Ids of requests are no secret: Math.random, and not sixteen questions to the system's source of randomness.
const acceptableId = /^[\w.:=-]{1,128}$/;

export function requestRecord(log: Log, telemetry: Telemetry, clock: () => Date): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const started = performance.now();
    const given = c.req.header("x-request-id");
    const requestId =
      given !== undefined && acceptableId.test(given) ? given : `req_${ulid(clock().getTime(), Math.random)}`;
    c.set("requestId", requestId);
    c.set("timings", []);
    telemetry.record({ kind: "request-began" });
    await next();
    const { method, path } = c.req;
    const { status } = c.res;
    // Hono answers HEAD by running GET and dropping its body; a body that is a stream would stay open. Nobody else may
    // touch `body`: over a socket that makes another response of it, and headers set on the old one are lost.
    if (method === "HEAD") await c.res.body?.cancel();
    const milliseconds = performance.now() - started;
    c.res.headers.set("x-request-id", requestId);
    c.res.headers.set("server-timing", serverTiming([{ name: "total", milliseconds }, ...c.var.timings]));
    const operation = c.var.operation ?? "none";
    telemetry.record({ kind: "request-answered", operation, method, status, seconds: milliseconds / 1000 });
    const { client } = c.var;
    const line = { requestId, client, method, path, operation, status, milliseconds: Math.round(milliseconds) };
    if (status >= 500 && c.error !== undefined) log.error({ ...line, err: c.error }, "request failed");
    else log.info(line, "request");
  };
}
