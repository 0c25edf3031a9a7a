/**
 * One POST to somebody else's URL, over Node's own HTTP client: its `lookup` hook sees the address that will be connected
 * to, it follows no redirects, and a connection of its own for each call means that each call is checked.
 */
import { lookup as resolve } from "node:dns";
import * as http from "node:http";
import * as https from "node:https";
import type { LookupFunction } from "node:net";
import { addressRefusal } from "./addresses.ts";
import type { AllowList } from "./allow-list.ts";
import type { Outcome } from "./outcome.ts";
import { hostOf, targetRefusal } from "./target.ts";

export interface Call {
  readonly url: string;
  /** Sent as it is, as UTF-8 with content type application/json. */
  readonly body: string;
  /** Besides content type, length, accept and user agent. */
  readonly headers: Readonly<Record<string, string>>;
  /** For everything together: resolving, connecting, sending, and the whole answer. */
  readonly deadlineMs: number;
  /** Bytes of the answer's body; one more ends the call as `too-large`. */
  readonly maxResponseBytes: number;
  readonly signal?: AbortSignal;
}

export interface Network {
  readonly allow: AllowList;
  readonly userAgent: string;
  /** Resolves names; tests give their own. */
  readonly resolve?: typeof resolve;
}

class AddressRefused extends Error {
  override readonly name = "AddressRefused";
}

/** Never rejects. */
export async function post(call: Call, network: Network): Promise<Outcome> {
  const started = performance.now();
  const deadline = AbortSignal.timeout(call.deadlineMs);
  const end = call.signal === undefined ? deadline : AbortSignal.any([call.signal, deadline]);
  const ms = () => Math.round(performance.now() - started);
  const refusal = targetRefusal(call.url, network.allow);
  if (refusal !== null) return { kind: "address-refused", reason: refusal, ms: ms() };
  try {
    const response = await send(call, network, end);
    const body = await readAtMost(response, call.maxResponseBytes);
    const status = response.statusCode ?? 0;
    if (body === null) return { kind: "too-large", status, limit: call.maxResponseBytes, ms: ms() };
    if (status >= 200 && status <= 299) return { kind: "answered", status, body, ms: ms() };
    return { kind: "bad-status", status, body, retryAfterMs: retryAfter(response.headers["retry-after"]), ms: ms() };
  } catch (error) {
    if (call.signal?.aborted === true) return { kind: "aborted", ms: ms() };
    if (deadline.aborted) return { kind: "timed-out", ms: ms() };
    if (error instanceof AddressRefused) return { kind: "address-refused", reason: error.message, ms: ms() };
    return { kind: "connection-failed", code: codeOf(error), ms: ms() };
  }
}

/** Resolves with the head of the answer. */
function send({ url, body, headers }: Call, network: Network, signal: AbortSignal): Promise<http.IncomingMessage> {
  const bytes = Buffer.from(body, "utf8");
  const target = new URL(url);
  const { request } = target.protocol === "https:" ? https : http;
  return new Promise((answered, failed) => {
    request(target, {
      method: "POST",
      agent: false,
      signal,
      lookup: checkedLookup(hostOf(target), network),
      headers: {
        ...headers,
        "content-type": "application/json",
        "content-length": String(bytes.length),
        accept: "application/json, */*;q=0.1",
        "accept-encoding": "identity",
        "user-agent": network.userAgent,
      },
    })
      .once("response", answered)
      // Stays on: a server may answer before it has read everything, and then writing fails.
      .on("error", failed)
      .end(bytes);
  });
}

/** The addresses of a name that may be called, of all it has. None: AddressRefused, and nothing is connected to. */
function checkedLookup(host: string, { allow, resolve: lookup = resolve }: Network): LookupFunction {
  return (name, options, done) => {
    lookup(name, { ...options, all: true }, (error, found) => {
      if (error !== null) return done(error, "");
      const permitted = found.filter(({ address }) => addressRefusal(host, address, allow) === null);
      const [first] = permitted;
      if (first === undefined) {
        const refusal = addressRefusal(host, found[0]?.address ?? "", allow);
        return done(new AddressRefused(`its name resolves to a ${refusal}; RZERO_OUTBOUND_ALLOW can permit it`), "");
      }
      return options.all === true ? done(null, permitted) : done(null, first.address, first.family);
    });
  };
}

/** Null: there was more. What is left of the answer is not read. */
async function readAtMost(response: http.IncomingMessage, limit: number): Promise<string | null> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > limit) {
      response.destroy();
      return null;
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}

/** RFC 9110, 10.2.3: seconds or a date. */
function retryAfter(value: string | undefined): number | null {
  if (value === undefined) return null;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : Math.max(0, date - Date.now());
}

function codeOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  return typeof code === "string" ? code : "UNKNOWN";
}
