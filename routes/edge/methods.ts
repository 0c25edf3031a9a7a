/** Which methods a path knows: what 405 says in Allow. */
import type { Endpoint } from "./endpoint.ts";

const patterns = new Map<string, RegExp>();

/** Templates are few and paths many: each template is compiled once. */
function patternOf(template: string): RegExp {
  const known = patterns.get(template);
  if (known !== undefined) return known;
  const pattern = template
    .split(/(\{[^}]+\}|:\w+\{[^}]+\})/)
    .map((part, index) => {
      if (index % 2 === 1) return part.startsWith(":") ? ".+" : "[^/]+";
      return part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
    })
    .join("");
  const compiled = new RegExp(`^${pattern}$`);
  patterns.set(template, compiled);
  return compiled;
}

/** Whether a path is one of the endpoint's. */
export function leadsTo({ route, alsoAt }: Endpoint, path: string): boolean {
  return patternOf(route.path).test(path) || (alsoAt !== undefined && patternOf(alsoAt).test(path));
}

/** Sorted and upper case; HEAD wherever GET is; empty for a path nobody knows. */
export function allowedMethods(endpoints: readonly Endpoint[], path: string): string[] {
  const methods = new Set<string>();
  for (const each of endpoints) {
    if (!leadsTo(each, path)) continue;
    methods.add(each.route.method.toUpperCase());
    if (each.route.method === "get") methods.add("HEAD");
  }
  return [...methods].sort();
}
