/** The log: one JSON object a line. Secrets are not logged; should one come near, it is blotted out by its name. */
import pino, { type DestinationStream, type Logger } from "pino";
import type { LogLevel } from "./config.ts";

const secretNames = ["authorization", "apiKey", "apiKeys", "password", "secret", "secrets", "token", "cookie"];

export function createLog(level: LogLevel, destination: DestinationStream): Logger {
  const paths = secretNames.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);
  return pino({ level, redact: { paths, censor: "[secret]" } }, destination);
}
