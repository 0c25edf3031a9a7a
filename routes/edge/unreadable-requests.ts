/**
 * Requests that Node's HTTP parser refuses never reach the app: broken HTTP, headers without end, bodies that do not come.
 * They are answered as problems all the same, and the connection ends.
 */
import type { Server } from "node:http";
import type { Socket } from "node:net";
import { ulid } from "ulid";
import { type EdgeErrorCode, errorTable } from "../errors.ts";
import type { Log } from "./app-env.ts";
import { problemBody } from "./problem.ts";

/**
 * Milliseconds. A request that is slower than this is not one a person or a client makes. Idle connections are kept longer than
 * proxies and clients keep theirs (60 s): whoever closes first must not be the one who is about to be asked.
 */
export const patience = {
  headersTimeout: 15_000,
  requestTimeout: 60_000,
  connectionsCheckingInterval: 5_000,
  keepAliveTimeout: 75_000,
};

const codes: Readonly<Record<string, EdgeErrorCode>> = {
  ERR_HTTP_REQUEST_TIMEOUT: "request-timeout",
  HPE_HEADER_OVERFLOW: "headers-too-large",
};

export function answerUnreadable(server: Pick<Server, "on">, log: Log): void {
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    if (error.code === "ECONNRESET" || !socket.writable) {
      socket.destroy();
      return;
    }
    const code = codes[error.code ?? ""] ?? "malformed-http";
    const { status, title } = errorTable[code];
    const requestId = `req_${ulid()}`;
    log.info({ requestId, client: `address:${socket.remoteAddress}`, status, cause: error.code }, "unreadable request");
    const failure = { code, detail: `${title}.`, field: undefined, value: undefined, errors: [], headers: {} };
    const body = JSON.stringify(problemBody(failure, { path: "", requestId }));
    const head = [
      `HTTP/1.1 ${status} ${title}`,
      "content-type: application/problem+json",
      `content-length: ${Buffer.byteLength(body)}`,
      `x-request-id: ${requestId}`,
      "connection: close",
    ];
    socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
  });
}
