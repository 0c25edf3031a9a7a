/** Domains by name. */
import type { Domain } from "../domains/domain.ts";
import type { Environment } from "./environment.ts";
import { ServiceError } from "./services.ts";

/** Throws ServiceError `invalid-value` naming `field`. */
export function domainOf({ domains }: Pick<Environment, "domains">, name: string, field = "domain"): Domain {
  const domain = domains.find((each) => each.name === name);
  if (domain) return domain;
  const known = domains.map((each) => each.name).join(", ");
  throw new ServiceError("invalid-value", `there is no domain ${JSON.stringify(name)}; there are ${known}`, {
    field,
    value: name,
  });
}
