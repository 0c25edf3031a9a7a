/** What createApp is given and what every handler finds in its context. */
import type { HttpBindings } from "@hono/node-server";
import type { Attempt, IdempotencyStore } from "../../src/records/idempotency.ts";
import type { Exposition, Telemetry } from "../../src/telemetry/telemetry.ts";
import type { Services } from "../../src/training/services.ts";
import type { Limits } from "./limits.ts";

/** The part of a pino logger the edge uses. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface AppOptions {
  readonly services: Services;
  readonly idempotency: IdempotencyStore;
  readonly version: string;
  readonly clock: () => Date;
  /** Absent: nothing is logged. */
  readonly log?: Log;
  /** Hex sha256 of each accepted API key. Absent or empty: no key is asked for. */
  readonly apiKeyHashes?: readonly string[];
  /** Seconds between the comments that keep an idle event stream open; 15 unless told. */
  readonly heartbeatSeconds?: number;
  /** Those of a service on loopback unless told. */
  readonly limits?: Limits;
  /** Where requests are counted, and what /metrics shows. Absent: nothing is. */
  readonly telemetry?: Telemetry & Exposition;
}

export interface Edge {
  readonly version: string;
  readonly clock: () => Date;
  readonly log: Log;
  readonly heartbeatSeconds: number;
  readonly metrics: Exposition;
  /** The OpenAPI document of this app, as an object and as YAML; assembled when it is first asked for. */
  readonly document: () => { readonly json: Readonly<Record<string, unknown>>; readonly yaml: string };
}

export interface AppEnv {
  /** Of the socket; absent where a test calls the app without one. */
  Bindings: Partial<HttpBindings>;
  Variables: {
    services: Services;
    edge: Edge;
    requestId: string;
    /** operationId of the contract; undefined for a route that does not exist. */
    operation: string | undefined;
    /** Who asks: `key:...` or `address:...`; undefined where nobody wants to know. */
    client: string;
    /** Whether the client may ask for what is not open to everybody. */
    mayAsk: boolean;
    /** What took how long, for Server-Timing. */
    timings: { readonly name: string; readonly milliseconds: number }[];
    /** Of a request with an Idempotency-Key: what an earlier sending made, and where to note what this one makes. */
    attempt: Attempt | undefined;
  };
}
