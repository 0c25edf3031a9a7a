/** What an operator permits beyond the public Internet: addresses, ranges in CIDR notation, host names. */
import ipaddr from "ipaddr.js";

export type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Range = readonly [Address, number];

export interface AllowList {
  /** Lower case, without a port; a name permits whatever it resolves to. */
  readonly hosts: ReadonlySet<string>;
  readonly ranges: readonly Range[];
}

export const NOTHING_ALLOWED: AllowList = { hosts: new Set(), ranges: [] };

/**
 * `entries` as they are written in RZERO_OUTBOUND_ALLOW: `127.0.0.1`, `10.0.0.0/8`, `fd00::/8`, `grader.internal`.
 * Those that are none of these come back as `unreadable`.
 */
export function readAllowList(entries: readonly string[]): { allow: AllowList; unreadable: string[] } {
  const hosts = new Set<string>();
  const ranges: Range[] = [];
  const unreadable: string[] = [];
  for (const entry of entries) {
    const range = readRange(entry);
    if (range !== null) ranges.push(range);
    else if (isHostName(entry)) hosts.add(entry.toLowerCase());
    else unreadable.push(entry);
  }
  return { allow: { hosts, ranges }, unreadable };
}

export function allows({ hosts, ranges }: AllowList, host: string, address: Address): boolean {
  return hosts.has(host) || ranges.some(([base, bits]) => base.kind() === address.kind() && address.match(base, bits));
}

/** An IPv4 address inside IPv6 (`::ffff:10.0.0.1`) is the IPv4 address: whoever connects to it reaches that one. */
export function readAddress(text: string): Address | null {
  return ipaddr.isValid(text) ? ipaddr.process(text) : null;
}

function readRange(entry: string): Range | null {
  if (ipaddr.isValidCIDR(entry)) return ipaddr.parseCIDR(entry);
  const address = isFourPartOrIPv6(entry) ? readAddress(entry) : null;
  return address === null ? null : [address, address.kind() === "ipv4" ? 32 : 128];
}

/** ipaddr.js also reads `10` and `0x7f.1`; an operator who writes that has mistyped. */
const isFourPartOrIPv6 = (text: string): boolean => text.includes(":") || /^\d+\.\d+\.\d+\.\d+$/.test(text);

const isHostName = (text: string): boolean =>
  text.length <= 253 &&
  /[a-z]/i.test(text) &&
  /^([a-z0-9_]([a-z0-9_-]*[a-z0-9])?)(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9])?)*$/i.test(text);
