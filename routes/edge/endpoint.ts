/** One operation of the contract: its route value (which is its schema, validation and documentation) and its handler. */
import { createRoute, type RouteConfig, type RouteHandler, z } from "@hono/zod-openapi";
import type { Handler } from "hono";
import type { AppEnv } from "./app-env.ts";

export interface EndpointOptions {
  /** Honours Idempotency-Key. */
  readonly idempotent?: boolean;
  /** Largest body in bytes, where it is not the usual 1 MiB. */
  readonly maxBodyBytes?: number;
  /** Another pattern that leads here, for ids with slashes in them; not documented. */
  readonly alsoAt?: string;
}

export interface Endpoint extends EndpointOptions {
  readonly route: RouteConfig & { readonly operationId: string };
  readonly handler: Handler<AppEnv>;
}

const noQuery = z.strictObject({});

/** A query nobody declared is refused as an unknown field: a misspelt filter must not silently list everything. */
function closedQuery<R extends Omit<RouteConfig, "path"> & { path: string }>(definition: R): R {
  if (definition.request?.query !== undefined || definition.security?.length === 0) return definition;
  return { ...definition, request: { ...definition.request, query: noQuery } };
}

/** Joins a route value with a handler that is checked against it; the types end here, behaviour is all that is left. */
export function endpoint<
  const P extends string,
  R extends Omit<RouteConfig, "path"> & { path: P; operationId: string; tags: [string] },
>(definition: R, handler: RouteHandler<R, AppEnv>, options: EndpointOptions = {}): Endpoint {
  return { route: createRoute(closedQuery(definition)), handler: handler as unknown as Handler<AppEnv>, ...options };
}
