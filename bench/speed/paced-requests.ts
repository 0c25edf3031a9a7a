/** GETs at a fixed rate whether or not earlier ones were answered, so that a stall is seen by all it would have hit. */
import { setTimeout as sleep } from "node:timers/promises";
import { quantile } from "./statistics.ts";

export interface Pace {
  readonly perSecond: number;
  /** Most requests in all. */
  readonly count: number;
}

export interface Latencies {
  readonly requests: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/**
 * The URLs in turn. Ends early, between two requests, once `enough` says so.
 * @returns milliseconds from sending to the last byte, in order
 * @throws Error for an answer other than 200
 */
export async function pacedRequests(
  urls: readonly string[],
  { perSecond, count }: Pace,
  enough: () => boolean = () => false,
): Promise<number[]> {
  const started = performance.now();
  const answers: Promise<number>[] = [];
  for (let i = 0; i < count && !enough(); i++) {
    const due = started + (i * 1000) / perSecond;
    await sleep(Math.max(0, due - performance.now()));
    const answer = timedGet(urls[i % urls.length]!);
    answer.catch(() => undefined); // reported by Promise.all below, after the pacing
    answers.push(answer);
  }
  return Promise.all(answers);
}

async function timedGet(url: string): Promise<number> {
  const sent = performance.now();
  const response = await fetch(url);
  const body = await response.text();
  const milliseconds = performance.now() - sent;
  if (response.status !== 200) throw new Error(`GET ${url} answered ${response.status}: ${body}`);
  return milliseconds;
}

export const latencies = (milliseconds: readonly number[]): Latencies => ({
  requests: milliseconds.length,
  p50Ms: quantile(milliseconds, 0.5),
  p99Ms: quantile(milliseconds, 0.99),
  maxMs: quantile(milliseconds, 1),
});
