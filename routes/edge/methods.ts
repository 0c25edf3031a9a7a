/** Which methods a path knows: what 405 says in Allow. */
import type { Endpoint } from "./endpoint.ts";

function matches(template: string, path: string): boolean {
  const pattern = template
    .split(/(\{[^}]+\}|:\w+\{[^}]+\})/)
    .map((part, index) => {
      if (index % 2 === 1) return part.startsWith(":") ? ".+" : "[^/]+";
      return part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
    })
    .join("");
  return new RegExp(`^${pattern}$`).test(path);
}

/** Sorted and upper case; HEAD wherever GET is; empty for a path nobody knows. */
export function allowedMethods(endpoints: readonly Endpoint[], path: string): string[] {
  const methods = new Set<string>();
  for (const { route, alsoAt } of endpoints) {
    if (!matches(route.path, path) && (alsoAt === undefined || !matches(alsoAt, path))) continue;
    methods.add(route.method.toUpperCase());
    if (route.method === "get") methods.add("HEAD");
  }
  return [...methods].sort();
}
