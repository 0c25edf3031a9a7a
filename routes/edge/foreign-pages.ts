/**
 * A service without keys trusts whoever reaches loopback, and a browser reaches it for any page it shows. Two things give
 * such a page away: a host name that only points here (DNS rebinding), and an Origin that is not ours on a request that
 * changes something. Where keys are asked for, no page has one.
 */
import type { MiddlewareHandler } from "hono";
import { EdgeError } from "../errors.ts";
import type { AppEnv } from "./app-env.ts";

const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

export function refuseForeignPages(): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const { hostname, origin } = new URL(c.req.url);
    if (!loopback.test(hostname)) {
      throw new EdgeError("foreign-page", `Without API keys only loopback is answered, not the host ${hostname}.`);
    }
    const from = c.req.header("origin");
    if (from !== undefined && from !== origin && !/^(GET|HEAD|OPTIONS)$/.test(c.req.method)) {
      throw new EdgeError("foreign-page", `Without API keys no page of ${from} may change anything here.`);
    }
    await next();
  };
}
