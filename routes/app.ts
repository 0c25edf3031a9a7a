/** The HTTP edge as one value: a request goes in, an answer comes out. Who listens, and where, is not decided here. */
import { OpenAPIHono } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { unrecorded } from "../src/telemetry/telemetry.ts";
import { type ApiDocument, assembleDocument } from "./document.ts";
import { identifyClient, requireApiKey } from "./edge/api-keys.ts";
import type { AppEnv, AppOptions, Edge, Log } from "./edge/app-env.ts";
import type { Endpoint } from "./edge/endpoint.ts";
import { refuseForeignPages } from "./edge/foreign-pages.ts";
import { idempotency } from "./edge/idempotency.ts";
import { limitClients, loopbackLimits } from "./edge/limits.ts";
import { allowedMethods, leadsTo } from "./edge/methods.ts";
import { failureOf, failureResponse } from "./edge/problem.ts";
import { readableAnswers } from "./edge/readable-json.ts";
import { requestRecord } from "./edge/request-record.ts";
import { responseHeaders } from "./edge/response-headers.ts";
import { refuseInvalid } from "./edge/validation.ts";
import { endpoints } from "./endpoints.ts";
import { EdgeError } from "./errors.ts";

const usualBodyBytes = 1024 * 1024;

const silent: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

function limitBody(maxSize: number) {
  return bodyLimit({
    maxSize,
    onError: () => {
      throw new EdgeError("body-too-large", `The body may have ${maxSize} bytes.`);
    },
  });
}

const openToAll = endpoints.filter(({ route }) => route.security?.length === 0);

/** Everything is guarded, routes that do not exist included, but for what says that it is open to everybody. */
function unlessOpen(guard: MiddlewareHandler<AppEnv>): MiddlewareHandler<AppEnv> {
  return (c, next) => (openToAll.some((each) => leadsTo(each, c.req.path)) ? next() : guard(c, next));
}

/** Adds one endpoint with the middleware its options ask for. */
function register(
  app: OpenAPIHono<AppEnv>,
  { route, handler, ...options }: Endpoint,
  { idempotency: store }: AppOptions,
): void {
  const path = route.path.replaceAll(/\{(.+?)\}/g, ":$1");
  const named: MiddlewareHandler<AppEnv> = (c, next) => {
    c.set("operation", route.operationId);
    return next();
  };
  for (const each of [path, options.alsoAt]) if (each !== undefined) app.on(route.method, each, named);
  if (route.request?.body !== undefined) {
    app.on(route.method, path, limitBody(options.maxBodyBytes ?? usualBodyBytes));
  }
  if (options.idempotent === true) app.on(route.method, path, idempotency(store));
  app.openapi(route, handler);
  if (options.alsoAt !== undefined) app.openapi({ ...route, path: options.alsoAt, hide: true }, handler);
}

/** @throws Error where an API key hash is not a sha256. */
export function createApp(options: AppOptions): OpenAPIHono<AppEnv> {
  const { services, version, clock, log = silent } = options;
  let document: ApiDocument | undefined;
  const edge: Edge = {
    version,
    clock,
    log,
    heartbeatSeconds: options.heartbeatSeconds ?? 15,
    metrics: options.telemetry ?? { contentType: "text/plain", text: async () => "" },
    document: () => (document ??= assembleDocument(endpoints, version)),
  };
  const app = new OpenAPIHono<AppEnv>({ defaultHook: refuseInvalid });

  app.use(requestRecord(log, options.telemetry ?? unrecorded, clock));
  app.use(responseHeaders());
  app.use(readableAnswers());
  app.use(async (c, next) => {
    c.set("services", services);
    c.set("edge", edge);
    await next();
  });
  const keys = options.apiKeyHashes ?? [];
  const guards = [
    identifyClient(keys),
    limitClients(options.limits ?? loopbackLimits),
    keys.length > 0 ? requireApiKey() : refuseForeignPages(),
  ];
  for (const guard of guards) app.use(unlessOpen(guard));
  for (const each of endpoints) register(app, each, options);

  app.notFound((c) => {
    const { method, path } = c.req;
    const allow = allowedMethods(endpoints, path);
    if (allow.length === 0) throw new EdgeError("route-not-found", `There is nothing at ${path}.`);
    throw new EdgeError("method-not-allowed", `${path} answers ${allow.join(", ")}, not ${method}.`, {
      headers: { allow: allow.join(", ") },
    });
  });
  app.onError((error, c) => {
    const request = { path: c.req.path, requestId: c.var.requestId };
    const failure = failureOf(error);
    if (failure.code === "internal") log.error({ ...request, err: error }, "unexpected failure");
    return failureResponse(failure, request);
  });
  return app;
}
