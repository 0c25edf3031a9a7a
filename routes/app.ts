/** The HTTP edge as one value: a request goes in, an answer comes out. Who listens, and where, is not decided here. */
import { OpenAPIHono } from "@hono/zod-openapi";
import { bodyLimit } from "hono/body-limit";
import { type ApiDocument, assembleDocument } from "./document.ts";
import { requireApiKey } from "./edge/api-keys.ts";
import type { AppEnv, AppOptions, Edge, Log } from "./edge/app-env.ts";
import type { Endpoint } from "./edge/endpoint.ts";
import { idempotency } from "./edge/idempotency.ts";
import { allowedMethods } from "./edge/methods.ts";
import { failureOf, failureResponse } from "./edge/problem.ts";
import { readableAnswers } from "./edge/readable-json.ts";
import { requestRecord } from "./edge/request-record.ts";
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

/** Adds one endpoint with the middleware its options ask for. */
function register(
  app: OpenAPIHono<AppEnv>,
  { route, handler, ...options }: Endpoint,
  { idempotency: store }: AppOptions,
): void {
  const path = route.path.replaceAll(/\{(.+?)\}/g, ":$1");
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
    document: () => (document ??= assembleDocument(endpoints, version)),
  };
  const app = new OpenAPIHono<AppEnv>({ defaultHook: refuseInvalid });

  app.use(requestRecord(log, clock));
  app.use(readableAnswers());
  app.use(async (c, next) => {
    c.set("services", services);
    c.set("edge", edge);
    await next();
  });
  app.use("/v1/*", requireApiKey(options.apiKeyHashes ?? []));
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
