/**
 * Which addresses may be called. Everything but global unicast is refused: loopback, private, link-local (169.254.169.254
 * gives away a cloud machine's credentials), shared (100.64/10), multicast, reserved, and IPv6 that wraps an IPv4 address
 * (mapped, NAT64, 6to4, Teredo). Ranges: IANA's special-purpose registries, as ipaddr.js has them.
 */
import { type Address, type AllowList, allows, readAddress } from "./allow-list.ts";

/** Global unicast by number, but they answer only inside a cloud, with its secrets. */
const METADATA_SERVICES: readonly string[] = ["168.63.129.16"];

/** Why `address` (of `host`) may not be called, or null. `address`: IPv4 or IPv6, without brackets, zone allowed. */
export function addressRefusal(host: string, address: string, allow: AllowList): string | null {
  const read = readAddress(address);
  if (read === null) return "not an IP address";
  if (allows(allow, host, read)) return null;
  if (METADATA_SERVICES.includes(read.toString())) return "a cloud's metadata service";
  const range = read.range();
  if (range !== "unicast") return RANGE_NAMES[range] ?? `${range} address`;
  // IPv6 global unicast is 2000::/3 (RFC 4291, 2.4); what lies outside is unassigned or deprecated, like ::10.0.0.1.
  if (read.kind() === "ipv6" && (read.toByteArray()[0] ?? 0) >> 5 !== 1) return "reserved address";
  return null;
}

const RANGE_NAMES: Readonly<Partial<Record<ReturnType<Address["range"]>, string>>> = {
  loopback: "loopback address",
  private: "private address",
  uniqueLocal: "private address",
  linkLocal: "link-local address",
  carrierGradeNat: "carrier-grade NAT address",
  unspecified: "unspecified address",
  multicast: "multicast address",
  broadcast: "broadcast address",
  reserved: "reserved address",
};
