/** `Server-Timing`: where a request's time went, for the network panel of a browser and for who types `curl -v`. */
import type { Context } from "hono";
import type { AppEnv } from "./app-env.ts";

/** Runs `work` and remembers how long it took under `name`. */
export async function timed<T>(c: Context<AppEnv>, name: string, work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  try {
    return await work();
  } finally {
    c.var.timings.push({ name, milliseconds: performance.now() - started });
  }
}

export function serverTiming(timings: AppEnv["Variables"]["timings"]): string {
  return timings.map(({ name, milliseconds }) => `${name};dur=${milliseconds.toFixed(1)}`).join(", ");
}
