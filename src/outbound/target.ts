/** Is this a URL the service may call? Asked when somebody registers one, and again before each call. */
import { addressRefusal } from "./addresses.ts";
import { type AllowList, readAddress } from "./allow-list.ts";

export const MAX_URL_LENGTH = 2048;

/**
 * Null: it may be called as far as the text tells. What its name resolves to is checked when a connection is made,
 * because a name can resolve to something else by then. The answer never repeats the URL: it may hold a password.
 */
export function targetRefusal(text: string, allow: AllowList): string | null {
  if (text.length > MAX_URL_LENGTH) return `longer than ${MAX_URL_LENGTH} characters`;
  if (!URL.canParse(text)) return "not an absolute URL";
  const url = new URL(text);
  if (url.protocol !== "http:" && url.protocol !== "https:") return "neither http nor https";
  if (url.username !== "" || url.password !== "") return "has a user name or password in it";
  if (url.hash !== "") return "has a fragment, which is never sent";
  const host = hostOf(url);
  const isAddress = readAddress(host) !== null;
  if (isAddress) return refusalSentence(addressRefusal(host, host, allow));
  // RFC 6761, 6.3: these names are loopback whatever a resolver says.
  if (/(^|\.)localhost$/.test(host) && !allow.hosts.has(host) && addressRefusal(host, "127.0.0.1", allow) !== null) {
    return refusalSentence("loopback address");
  }
  return null;
}

const refusalSentence = (refusal: string | null): string | null =>
  refusal === null ? null : `its host is a ${refusal.replace(/^an? /, "")}; RZERO_OUTBOUND_ALLOW can permit it`;

/** Lower case, without brackets or a final dot. The URL parser has already made `0x7f.1` and `2130706433` 127.0.0.1. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
}
