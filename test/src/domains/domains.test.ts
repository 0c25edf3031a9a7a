import { expect, it } from "vitest";
import { DOMAINS, domainByName } from "../../../src/domains/domains.ts";

it("finds every domain by its own name, and no other", () => {
  for (const domain of DOMAINS) expect(domainByName(domain.name)).toBe(domain);
  expect(new Set(DOMAINS.map(({ name }) => name)).size).toBe(DOMAINS.length);
  expect(domainByName("constructor")).toBeNull();
});
