/** Ids: a prefix that says what it names, and a ULID that sorts by time of making. */
import { decodeTime, monotonicFactory } from "ulid";

const PREFIXES = {
  run: "run",
  iteration: "iter",
  phase: "phase",
  step: "step",
  question: "q",
  solution: "sol",
  rollout: "roll",
  checkpoint: "ckpt",
  operation: "op",
  evaluation: "eval",
  webhookEndpoint: "hook",
  webhookDelivery: "msg",
  evaluator: "evr",
  evaluatorCall: "call",
  backup: "bkp",
} as const;

export type Named = keyof typeof PREFIXES;

/** A new id, e.g. `makeId("run")` -> `run_01J...`. Each is larger than all before it, across nouns. */
export type MakeId = (noun: Named) => string;

/**
 * `now`: milliseconds since 1970. `random`: in [0, 1). Within one millisecond, and while the clock stands or goes
 * back, the random part counts up, so that sorting by id stays sorting by making. `last`: an id made before, by another
 * process perhaps, that had a later clock perhaps; null where there is none.
 */
export function createIds(
  { now, random }: { now: () => number; random: () => number },
  last: string | null = null,
): MakeId {
  const ulid = monotonicFactory(random);
  const earliest = last === null ? 0 : decodeTime(ulidOf(last)) + 1;
  return (noun) => `${PREFIXES[noun]}_${ulid(Math.max(now(), earliest))}`;
}

/** What follows the prefix. Larger for whatever was made later, of any kind. */
export const ulidOf = (id: string): string => id.slice(id.indexOf("_") + 1);

/** The prefix with its underscore, e.g. `run_`. */
export const idPrefix = (noun: Named): string => `${PREFIXES[noun]}_`;
