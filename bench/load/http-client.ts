/** Requests over kept connections with as little work of ours as can be: the client shares its cores with what it measures. */
import { Agent, type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";

/** The one connection of a client: what it asks meanwhile waits for it. */
export const ownConnection = (): Agent => new Agent({ keepAlive: true, maxSockets: 1 });

export interface Asked {
  readonly method?: "GET" | "POST";
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Unless given, a connection for this request. */
  readonly agent?: Agent;
}

/** Resolves with the head of the answer. */
export function ask(
  url: string,
  { method = "GET", body, headers, signal, agent }: Asked = {},
): Promise<IncomingMessage> {
  const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
  const ofBody = bytes && { "content-type": "application/json", "content-length": bytes.length };
  return new Promise((answered, failed) => {
    request(url, {
      agent: agent ?? false,
      method,
      signal,
      headers: { accept: "application/json", ...ofBody, ...headers },
    })
      .once("response", answered)
      .once("error", failed)
      .end(bytes);
  });
}

/** The whole body. @throws Error with the answer, if it is not a success */
export async function bodyOf(answer: IncomingMessage): Promise<string> {
  const body = await text(answer);
  const status = answer.statusCode ?? 0;
  if (status < 200 || status > 299) throw new Error(`${status}: ${body.slice(0, 300)}`);
  return body;
}

export async function jsonAt<T>(url: string, asked: Asked = {}): Promise<T> {
  return JSON.parse(await bodyOf(await ask(url, asked))) as T;
}
