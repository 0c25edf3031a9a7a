/** Part of a configuration, and a configuration with that part changed. */

export type DeepPartial<T> = { readonly [K in keyof T]?: T[K] extends object ? DeepPartial<T[K]> : T[K] };

/** `base` with the leaves of `changes`; neither is touched. For what the compiler has seen: nothing is checked here. */
export function withChanges<T extends object>(base: T, changes: DeepPartial<T>): T {
  const result: Record<string, unknown> = { ...(base as Record<string, unknown>) };
  for (const [key, change] of Object.entries(changes) as [string, unknown][]) {
    const own = result[key];
    const nested = typeof own === "object" && own !== null && typeof change === "object" && change !== null;
    result[key] = nested ? withChanges(own, change) : change;
  }
  return result as T;
}
