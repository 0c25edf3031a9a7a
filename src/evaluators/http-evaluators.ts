/** The ports over HTTP: batches, signed, with a deadline, retries, a circuit breaker, and a record of each. */
import {
  BrokenCircuitError,
  bulkhead,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhenResult,
  type IPolicy,
  wrap,
} from "cockatiel";
import type { Curriculum } from "../curriculum/curriculum.ts";
import type { Outbound } from "../outbound/outbound.ts";
import { describeOutcome, type JsonOutcome, readJson } from "../outbound/outcome.ts";
import { type RetryOptions, retries, runUnder } from "../outbound/retry.ts";
import { signedHeaders, signing } from "../outbound/signature.ts";
import type {
  Evaluator,
  EvaluatorAttempt,
  EvaluatorCall,
  EvaluatorKind,
  EvaluatorResult,
} from "../records/evaluator.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import type { Ask, Evaluators, ItemOf, Origin } from "./ports.ts";
import { batchBody, type Reading, readVerdicts } from "./protocol.ts";

const MAX_RESPONSE_BYTES = 8 * 1024 * 1024;

/** Failures in a row after which an evaluator is left alone, and for how long. */
export const BREAKER = { failures: 5, openMs: 30_000 } as const;
const PAUSES = { firstDelayMs: 500, maxDelayMs: 10_000 } as const;

export interface EvaluatorParts {
  readonly curriculum: Curriculum;
  readonly outbound: Outbound;
  readonly telemetry: Telemetry;
  readonly now: () => Date;
  /** In [0, 1). */
  readonly random: () => number;
}

export interface EvaluatorTiming {
  readonly breaker: { readonly failures: number; readonly openMs: number };
  readonly pauses: Pick<RetryOptions, "firstDelayMs" | "maxDelayMs">;
}

export class HttpEvaluators implements Evaluators {
  readonly #parts: EvaluatorParts;
  readonly #timing: EvaluatorTiming;
  /** By evaluator; a changed one starts with a closed circuit. */
  readonly #policies = new Map<string, { readonly of: string; readonly policy: IPolicy }>();

  constructor(parts: EvaluatorParts, timing: EvaluatorTiming = { breaker: BREAKER, pauses: PAUSES }) {
    this.#parts = parts;
    this.#timing = timing;
  }

  ask<K extends EvaluatorKind>(kind: K, id: string): Ask<ItemOf[K]> {
    const evaluator = this.#parts.curriculum.evaluators.get(id);
    return async (items, origin, signal = new AbortController().signal) => {
      const batches = Array.from({ length: Math.ceil(items.length / evaluator.batchSize) }, (_, index) =>
        items.slice(index * evaluator.batchSize, (index + 1) * evaluator.batchSize),
      );
      const results = await Promise.all(batches.map((batch) => this.#batch(evaluator, kind, batch, origin, signal)));
      signal.throwIfAborted();
      return results.flat();
    };
  }

  /** One call, whatever is recorded: for whoever wants to see it work. */
  call(evaluator: Evaluator, items: readonly object[], origin: Origin, signal: AbortSignal): Promise<EvaluatorCall> {
    return this.#send(
      evaluator,
      evaluator.kind,
      batchBody(evaluator.kind, items, origin),
      items.length,
      origin,
      signal,
    );
  }

  async #batch(
    evaluator: Evaluator,
    kind: EvaluatorKind,
    items: readonly object[],
    origin: Origin,
    signal: AbortSignal,
  ): Promise<readonly EvaluatorResult[]> {
    const { evaluators } = this.#parts.curriculum;
    const batch = batchBody(kind, items, origin);
    // What was answered before the service was stopped counts: the same verdicts, the same weights.
    const recorded = origin.iterationId === null ? null : evaluators.findAnswered(evaluator, batch.digest);
    const call = recorded ?? (await this.#send(evaluator, kind, batch, items.length, origin, signal));
    const { error } = call;
    return error === null ? call.verdicts : items.map(() => ({ error }));
  }

  async #send(
    evaluator: Evaluator,
    kind: EvaluatorKind,
    { body, digest }: { readonly body: string; readonly digest: string },
    count: number,
    { runId, iterationId }: Origin,
    signal: AbortSignal,
  ): Promise<EvaluatorCall> {
    const { curriculum, telemetry, now } = this.#parts;
    const id = curriculum.makeId("evaluatorCall");
    const createdAt = now().toISOString();
    const attempts: EvaluatorAttempt[] = [];
    const reading = await this.#read(evaluator, id, body, count, attempts, signal);
    signal.throwIfAborted();
    const call: EvaluatorCall = {
      id,
      evaluatorId: evaluator.id,
      evaluatorVersion: evaluator.version,
      kind,
      runId,
      iterationId,
      body,
      digest,
      attempts,
      verdicts: "error" in reading ? [] : reading.verdicts,
      error: "error" in reading ? reading.error : null,
      createdAt,
      finishedAt: now().toISOString(),
    };
    curriculum.evaluators.insertCall(call);
    telemetry.record({ kind: "evaluator-called", call });
    return call;
  }

  async #read(
    evaluator: Evaluator,
    id: string,
    body: string,
    count: number,
    attempts: EvaluatorAttempt[],
    signal: AbortSignal,
  ): Promise<Reading> {
    const { curriculum, outbound, now } = this.#parts;
    const attempt = async (end: AbortSignal): Promise<JsonOutcome> => {
      const started = now();
      const secrets = signing(curriculum.evaluators.secretsOf(evaluator.id), started);
      const answered = await outbound.post({
        url: evaluator.url,
        body,
        headers: signedHeaders({ id, at: started, body, secrets }),
        deadlineMs: evaluator.deadlineMs,
        maxResponseBytes: MAX_RESPONSE_BYTES,
        signal: end,
      });
      const outcome = readJson(answered);
      attempts.push({
        startedAt: started.toISOString(),
        milliseconds: outcome.ms,
        outcome: outcome.kind,
        status: "status" in outcome ? outcome.status : null,
        message: describeOutcome(outcome),
      });
      return outcome;
    };
    try {
      const outcome = await runUnder(this.#policyOf(evaluator), attempt, signal);
      return readVerdicts(outcome, count, describeOutcome(outcome));
    } catch (error) {
      if (!(error instanceof BrokenCircuitError)) throw error;
      const message = `the evaluator failed ${this.#timing.breaker.failures} times in a row and was not asked`;
      return { error: { code: "evaluator-circuit-open", message } };
    }
  }

  /**
   * A slot, in it attempts, each through the breaker: one that opens ends the attempts. It counts whatever is no JSON, also
   * what is not worth repeating: who answers 401 or a page of HTML is not asked about a thousand batches more.
   */
  #policyOf(evaluator: Evaluator): IPolicy {
    const of = JSON.stringify(evaluator);
    const known = this.#policies.get(evaluator.id);
    if (known?.of === of) return known.policy;
    const { breaker, pauses } = this.#timing;
    const policy = wrap(
      bulkhead(evaluator.maxConcurrent, Number.POSITIVE_INFINITY),
      retries({ attempts: evaluator.attempts, ...pauses, random: this.#parts.random }),
      circuitBreaker(
        handleWhenResult((outcome) => !["json", "aborted"].includes((outcome as JsonOutcome).kind)),
        { halfOpenAfter: breaker.openMs, breaker: new ConsecutiveBreaker(breaker.failures) },
      ),
    );
    this.#policies.set(evaluator.id, { of, policy });
    return policy;
  }
}
