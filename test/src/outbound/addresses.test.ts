import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addressRefusal } from "../../../src/outbound/addresses.ts";
import { NOTHING_ALLOWED, readAllowList } from "../../../src/outbound/allow-list.ts";
import { targetRefusal } from "../../../src/outbound/target.ts";

const refused = (address: string, allowed: string[] = []) =>
  addressRefusal("host.example", address, readAllowList(allowed).allow);

describe("addresses", () => {
  test.each([
    ["127.0.0.1", "loopback address"],
    ["127.255.255.254", "loopback address"],
    ["0.0.0.0", "unspecified address"],
    ["10.1.2.3", "private address"],
    ["172.16.0.1", "private address"],
    ["172.31.255.255", "private address"],
    ["192.168.0.1", "private address"],
    ["169.254.169.254", "link-local address"],
    ["100.64.0.1", "carrier-grade NAT address"],
    ["100.100.100.200", "carrier-grade NAT address"],
    ["168.63.129.16", "a cloud's metadata service"],
    ["192.0.0.192", "reserved address"],
    ["198.18.0.1", "reserved address"],
    ["203.0.113.7", "reserved address"],
    ["224.0.0.1", "multicast address"],
    ["255.255.255.255", "broadcast address"],
    ["240.0.0.1", "reserved address"],
    ["::", "unspecified address"],
    ["::1", "loopback address"],
    ["::ffff:127.0.0.1", "loopback address"],
    ["::ffff:a9fe:a9fe", "link-local address"],
    ["fe80::1", "link-local address"],
    ["fe80::1%eth0", "link-local address"],
    ["fc00::1", "private address"],
    ["fd00:ec2::254", "private address"],
    ["ff02::1", "multicast address"],
    ["64:ff9b::a9fe:a9fe", "rfc6052 address"],
    ["2002:7f00:1::", "6to4 address"],
    ["2001::1", "teredo address"],
    ["2001:db8::1", "reserved address"],
    ["::10.0.0.1", "private address"],
    ["::a00:1", "reserved address"],
    ["fec0::1", "deprecatedSiteLocal address"],
    ["4000::1", "reserved address"],
    ["grader.example", "not an IP address"],
  ])("%s is refused", (address, why) => expect(refused(address)).toBe(why));

  test.each([
    "1.1.1.1",
    "8.8.8.8",
    "172.32.0.1",
    "172.15.255.255",
    "100.128.0.1",
    "2606:4700:4700::1111",
    "::ffff:8.8.8.8",
  ])("%s may be called", (address) => expect(refused(address)).toBeNull());

  test("every address of the private ranges is refused, also wrapped in IPv6", () => {
    const octet = fc.integer({ min: 0, max: 255 });
    const inside = fc.oneof(
      fc.tuple(fc.constant(10), octet, octet, octet),
      fc.tuple(fc.constant(127), octet, octet, octet),
      fc.tuple(fc.constant(172), fc.integer({ min: 16, max: 31 }), octet, octet),
      fc.tuple(fc.constant(192), fc.constant(168), octet, octet),
      fc.tuple(fc.constant(169), fc.constant(254), octet, octet),
      fc.tuple(fc.constant(100), fc.integer({ min: 64, max: 127 }), octet, octet),
      fc.tuple(fc.integer({ min: 224, max: 255 }), octet, octet, octet),
    );
    const wraps = ["", "::ffff:", "::", "64:ff9b::"];
    fc.assert(
      fc.property(inside, fc.constantFrom(...wraps), (parts, wrap) => refused(`${wrap}${parts.join(".")}`) !== null),
    );
  });

  test("an operator permits addresses, ranges and whatever a name resolves to", () => {
    expect(refused("127.0.0.1", ["127.0.0.1"])).toBeNull();
    expect(refused("::ffff:127.0.0.1", ["127.0.0.1"])).toBeNull();
    expect(refused("127.0.0.2", ["127.0.0.1"])).toBe("loopback address");
    expect(refused("10.9.9.9", ["10.0.0.0/8"])).toBeNull();
    expect(refused("11.0.0.1", ["0.0.0.0/0"])).toBeNull();
    expect(refused("::1", ["0.0.0.0/0"])).toBe("loopback address");
    expect(refused("fd12::1", ["fd00::/8"])).toBeNull();
    expect(refused("10.0.0.1", ["Host.Example"])).toBeNull();
    expect(refused("10.0.0.1", ["other.example", "example"])).toBe("private address");
  });
});

describe("targets", () => {
  test.each([
    ["https://hooks.example/path?key=1", null],
    ["http://hooks.example:8080/", null],
    ["https://1.1.1.1/", null],
    ["ftp://hooks.example/", "neither http nor https"],
    ["file:///etc/passwd", "neither http nor https"],
    ["javascript:alert(1)", "neither http nor https"],
    ["hooks.example", "not an absolute URL"],
    ["http://", "not an absolute URL"],
    ["https://user@hooks.example/", "has a user name or password in it"],
    ["https://:pass@hooks.example/", "has a user name or password in it"],
    ["https://hooks.example/#part", "has a fragment, which is never sent"],
    ["http://127.0.0.1/", "its host is a loopback address; RZERO_OUTBOUND_ALLOW can permit it"],
    ["http://2130706433/", "its host is a loopback address; RZERO_OUTBOUND_ALLOW can permit it"],
    ["http://0x7f.1/", "its host is a loopback address; RZERO_OUTBOUND_ALLOW can permit it"],
    ["http://0177.0.0.1/", "its host is a loopback address; RZERO_OUTBOUND_ALLOW can permit it"],
    ["http://①②⑦.0.0.1/", "its host is a loopback address; RZERO_OUTBOUND_ALLOW can permit it"],
    ["http://[::1]/", "its host is a loopback address; RZERO_OUTBOUND_ALLOW can permit it"],
    ["http://[::ffff:10.0.0.1]/", "its host is a private address; RZERO_OUTBOUND_ALLOW can permit it"],
    ["http://169.254.169.254/latest", "its host is a link-local address; RZERO_OUTBOUND_ALLOW can permit it"],
    ["http://168.63.129.16/", "its host is a cloud's metadata service; RZERO_OUTBOUND_ALLOW can permit it"],
    ["http://LOCALHOST:80/", "its host is a loopback address; RZERO_OUTBOUND_ALLOW can permit it"],
    ["http://localhost./", "its host is a loopback address; RZERO_OUTBOUND_ALLOW can permit it"],
    ["http://a.localhost/", "its host is a loopback address; RZERO_OUTBOUND_ALLOW can permit it"],
  ])("%s", (url, refusal) => expect(targetRefusal(url, NOTHING_ALLOWED)).toBe(refusal));

  test("a URL has an end", () => {
    expect(targetRefusal(`https://hooks.example/${"a".repeat(2048)}`, NOTHING_ALLOWED)).toBe(
      "longer than 2048 characters",
    );
  });

  test("a permitted host is a permitted target", () => {
    expect(targetRefusal("http://localhost:9000/", readAllowList(["localhost"]).allow)).toBeNull();
    expect(targetRefusal("http://localhost:9000/", readAllowList(["127.0.0.0/8"]).allow)).toBeNull();
    expect(targetRefusal("http://[fd00::1]/", readAllowList(["fd00::/8"]).allow)).toBeNull();
  });
});
