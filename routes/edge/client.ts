/** Who is asking: the holder of an API key, or an address. */
import { getConnInfo } from "@hono/node-server/conninfo";
import type { Context } from "hono";
import type { AppEnv } from "./app-env.ts";

/** In a test without a socket there is nobody but this process. */
export function addressOf(c: Context<AppEnv>): string {
  return c.env?.incoming === undefined ? "local" : (getConnInfo(c).remote.address ?? "unknown");
}
