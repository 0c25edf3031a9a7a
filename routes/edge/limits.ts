/** What one client may ask for: so many requests a minute, so many at once. */
import type { MiddlewareHandler } from "hono";
import { RateLimiterMemory, type RateLimiterRes } from "rate-limiter-flexible";
import { EdgeError } from "../errors.ts";
import type { AppEnv } from "./app-env.ts";
import { whenSent } from "./when-sent.ts";

export interface Limits {
  /** Of one client; 0: any number. */
  readonly requestsPerMinute: number;
  /** Of one client that are being answered, open streams among them. */
  readonly concurrentRequests: number;
}

/** More than one machine can answer: nobody on loopback meets them by working, only by a loop that has gone wild. */
export const loopbackLimits: Limits = { requestsPerMinute: 120_000, concurrentRequests: 512 };

const windowSeconds = 60;

export function limitClients({ requestsPerMinute, concurrentRequests }: Limits): MiddlewareHandler<AppEnv> {
  const budget =
    requestsPerMinute > 0 ? new RateLimiterMemory({ points: requestsPerMinute, duration: windowSeconds }) : null;
  const inFlight = new Map<string, number>();

  /** Takes one request from the client's budget; throws `rate-limited` where it is spent. */
  const spend = async (client: string): Promise<Record<string, string>> => {
    if (budget === null) return {};
    try {
      return quotaHeaders(requestsPerMinute, await budget.consume(client));
    } catch (refusal) {
      if (refusal instanceof Error) throw refusal;
      const left = refusal as RateLimiterRes;
      const wait = Math.ceil(left.msBeforeNext / 1000);
      const message = `${client} may make ${requestsPerMinute} requests a minute; the next is answered in ${wait} s.`;
      throw new EdgeError("rate-limited", message, {
        headers: { ...quotaHeaders(requestsPerMinute, left), "retry-after": String(wait) },
      });
    }
  };

  return async (c, next) => {
    const { client } = c.var;
    const headers = await spend(client);
    const others = inFlight.get(client) ?? 0;
    if (others >= concurrentRequests) {
      const message = `${others} requests of ${client} are being answered; at most ${concurrentRequests} may.`;
      throw new EdgeError("too-many-concurrent", message, { headers });
    }
    inFlight.set(client, others + 1);
    const leave = () => {
      const left = inFlight.get(client)! - 1;
      if (left > 0) inFlight.set(client, left);
      else inFlight.delete(client);
    };
    await next();
    for (const [name, value] of Object.entries(headers)) c.res.headers.set(name, value);
    const sent = whenSent(c.res, leave);
    if (sent === c.res) return;
    c.res = undefined;
    c.res = sent;
  };
}

/** The fields of draft-ietf-httpapi-ratelimit-headers: quota and window; what is left, and seconds until it is full again. */
function quotaHeaders(quota: number, { remainingPoints, msBeforeNext }: RateLimiterRes): Record<string, string> {
  return {
    "ratelimit-policy": `"requests";q=${quota};w=${windowSeconds}`,
    ratelimit: `"requests";r=${remainingPoints};t=${Math.ceil(msBeforeNext / 1000)}`,
  };
}
