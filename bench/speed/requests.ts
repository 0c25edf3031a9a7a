/** The few requests a measurement makes. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Service } from "./service-process.ts";

/** Milliseconds between two attempts: small beside what is measured, long enough to leave the processor alone. */
const betweenAttemptsMs = 15;
const giveUpMs = 60_000;

/** Repeats `attempt` until it answers something other than null. @throws if the service ends or a minute passes */
export async function eventually<T>(service: Service, what: string, attempt: () => Promise<T | null>): Promise<T> {
  for (const end = performance.now() + giveUpMs; performance.now() < end; await sleep(betweenAttemptsMs)) {
    service.assertAlive();
    const answer = await attempt();
    if (answer !== null) return answer;
  }
  throw new Error(`${what}: nothing in ${giveUpMs / 1000} s`);
}

/** null while nobody listens yet. */
export async function statusOf(url: string): Promise<number | null> {
  try {
    const response = await fetch(url);
    await response.arrayBuffer();
    return response.status;
  } catch (error) {
    if (error instanceof TypeError) return null; // what fetch throws for a refused connection
    throw error;
  }
}

export const postJson = (url: string, body: unknown): Promise<Response> =>
  fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

/** @throws Error with the answer, if it is not a success */
export async function jsonOf<T>(response: Response): Promise<T> {
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}: ${text}`);
  return JSON.parse(text) as T;
}
