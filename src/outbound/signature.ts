/**
 * Standard Webhooks, symmetric signatures (github.com/standard-webhooks/standard-webhooks, spec, "Signature scheme"):
 *
 *   webhook-signature: v1,base64(HMAC-SHA256(key, `${id}.${timestamp}.${body}`)), one for each secret, spaces between
 *
 * with Node's crypto: a batch for an evaluator is megabytes, and the official package hashes in JavaScript, on the event
 * loop. The tests hold the two against each other.
 */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

const PREFIX = "whsec_";
/** Bytes; the specification asks for 24 to 64. */
const NEW_SECRET_BYTES = 32;
/** Seconds a timestamp may be off in either direction. */
export const TOLERANCE_SECONDS = 300;

/** `type`, not `interface`: it is given where a Record of headers is expected. */
export type SignatureHeaders = {
  readonly "webhook-id": string;
  readonly "webhook-timestamp": string;
  readonly "webhook-signature": string;
};

export const newSecret = (): string => PREFIX + randomBytes(NEW_SECRET_BYTES).toString("base64");

/** How long a secret that was replaced still signs. */
const ROTATION_MS = 24 * 60 * 60 * 1000;

interface Kept {
  readonly secret: string;
  readonly expiresAt: string | null;
}

/** The secrets after a new one was made: two at most. Whoever replaces one because it has leaked does it twice, and it is gone. */
export const rotated = ([current]: readonly Kept[], now: Date): readonly Kept[] => [
  { secret: newSecret(), expiresAt: null },
  ...(current === undefined ? [] : [{ ...current, expiresAt: new Date(now.getTime() + ROTATION_MS).toISOString() }]),
];

/** Those that sign at this time, the newest first. */
export const signing = (secrets: readonly Kept[], at: Date): readonly string[] =>
  secrets.filter(({ expiresAt }) => expiresAt === null || expiresAt > at.toISOString()).map(({ secret }) => secret);

/** `whsec_` and base64 of 24 to 64 bytes. */
export function isSecret(text: string): boolean {
  if (!/^whsec_[A-Za-z0-9+/]+={0,2}$/.test(text)) return false;
  const key = keyOf(text);
  return key.length >= 24 && key.length <= 64 && PREFIX + key.toString("base64") === text;
}

/**
 * `secrets`: the newest first; while one is being replaced, receivers accept a signature by either.
 * `body`: exactly what is sent. `at`: of this attempt; `id` stays the same over attempts.
 */
export function signedHeaders(message: {
  id: string;
  at: Date;
  body: string;
  secrets: readonly string[];
}): SignatureHeaders {
  const { id, at, body, secrets } = message;
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const signatures = secrets.map((secret) => `v1,${hmac(secret, id, timestamp, body).toString("base64")}`);
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures.join(" ") };
}

/** Why a message that came in is not to be believed, or null. Compares in constant time. */
export function signatureRefusal(message: {
  headers: { readonly [name: string]: string | string[] | undefined };
  body: string;
  secrets: readonly string[];
  now: Date;
}): string | null {
  const { headers, body, secrets, now } = message;
  const [id, timestamp, signatures] = ["webhook-id", "webhook-timestamp", "webhook-signature"].map(
    (name) => headers[name],
  );
  if (typeof id !== "string" || typeof timestamp !== "string" || typeof signatures !== "string") {
    return "webhook-id, webhook-timestamp or webhook-signature is missing";
  }
  if (!/^\d{1,12}$/.test(timestamp)) return "webhook-timestamp is not a number of seconds";
  if (Math.abs(now.getTime() / 1000 - Number(timestamp)) > TOLERANCE_SECONDS)
    return "webhook-timestamp is too far from now";
  const given = signatures.split(" ").filter((each) => each.startsWith("v1,"));
  const claimed = given.map((each) => Buffer.from(each.slice(3), "base64"));
  const matches = secrets.some((secret) => {
    const expected = hmac(secret, id, timestamp, body);
    return claimed.some((each) => each.length === expected.length && timingSafeEqual(each, expected));
  });
  return matches ? null : "no signature fits";
}

const keyOf = (secret: string): Buffer => Buffer.from(secret.slice(PREFIX.length), "base64");

const hmac = (secret: string, id: string, timestamp: string, body: string): Buffer =>
  createHmac("sha256", keyOf(secret)).update(`${id}.${timestamp}.`).update(body).digest();
