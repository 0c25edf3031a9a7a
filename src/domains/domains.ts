/** The domains a run can name. */
import { arithmetic } from "./arithmetic/arithmetic.ts";
import type { Domain } from "./domain.ts";
import { math } from "./math.ts";

export const DOMAINS: readonly Domain[] = [arithmetic, math];

/** null where there is no such domain. */
export function domainByName(name: string): Domain | null {
  return DOMAINS.find((domain) => domain.name === name) ?? null;
}
