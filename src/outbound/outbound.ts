/** The door: everything this service sends to a URL that a user gave it goes through one of these, made in main. */
import type { Outcome } from "./outcome.ts";
import { type Call, type Network, post } from "./post.ts";
import { targetRefusal } from "./target.ts";

export interface Outbound {
  /** Why this URL cannot be registered, as the end of a sentence about it, or null. Never repeats the URL. */
  refusal(url: string): string | null;
  /** Never rejects. Checks the URL and each address it resolves to, follows no redirect, ends by the deadline. */
  post(call: Call): Promise<Outcome>;
}

export function createOutbound(network: Network): Outbound {
  return {
    refusal: (url) => targetRefusal(url, network.allow),
    post: (call) => post(call, network),
  };
}
