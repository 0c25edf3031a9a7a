/** Measurements as Prometheus metrics. The only file that knows prom-client. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Exposition, Measurement, Telemetry } from "./telemetry.ts";

/** What is read when somebody looks, because its owner knows it better than any count of ours. */
export interface Readings {
  operations(): { readonly queued: number; readonly running: number; readonly paused: number };
  ready(): boolean;
}

export interface PrometheusOptions {
  readonly version: string;
  readonly readings: Readings;
  /** Memory, event loop and garbage collection of this process too; they keep observers open. */
  readonly process: boolean;
}

const requestBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60, 300];
const workBuckets = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 1800, 7200];

/** One row per kind of measurement. */
type Recorders = { readonly [K in Measurement["kind"]]: (measurement: Extract<Measurement, { kind: K }>) => void };

export function createPrometheus({ version, readings, process }: PrometheusOptions): Telemetry & Exposition {
  const registry = new Registry();
  const registers = [registry];
  const counter = (name: string, help: string, ...labelNames: string[]) =>
    new Counter({ name: `rzero_${name}`, help, labelNames, registers });
  const gauge = (name: string, help: string, ...labelNames: string[]) =>
    new Gauge({ name: `rzero_${name}`, help, labelNames, registers });
  const histogram = (name: string, help: string, buckets: number[], ...labelNames: string[]) =>
    new Histogram({ name: `rzero_${name}`, help, buckets, labelNames, registers });
  if (process) collectDefaultMetrics({ register: registry });

  gauge("build_info", "The running version.", "version").set({ version }, 1);
  const ready = gauge("ready", "1 while the model is open and the database answers.");
  const operations = gauge("operations", "Operations that have not ended, from the database.", "state");

  const inFlight = gauge("http_requests_in_flight", "Requests whose answer has not begun.");
  const requests = counter("http_requests_total", "Answered requests.", "operation", "method", "status");
  const requestSeconds = histogram(
    "http_request_seconds",
    "Time to the answer's headers.",
    requestBuckets,
    "operation",
  );

  const ended = counter("operations_ended_total", "Operations by how they ended.", "kind", "state");
  const waited = histogram("operation_wait_seconds", "Time in the queue.", workBuckets, "kind");
  const ran = histogram("operation_run_seconds", "Time from start to end.", workBuckets, "kind");

  const steps = counter("training_steps_total", "Optimiser steps.", "role", "outcome");
  const stepSeconds = histogram("training_step_seconds", "Time of a step, sampling included.", workBuckets, "role");
  const ofStep = {
    reward: gauge("training_reward", "Mean reward of the latest step.", "role"),
    loss: gauge("training_loss", "Loss of the latest step.", "role"),
    kl: gauge("training_kl", "KL to the reference in the latest step.", "role"),
    entropy: gauge("training_entropy", "Mean entropy of the latest step, in nats.", "role"),
    gradNorm: gauge("training_gradient_norm", "Global gradient norm of the latest step, before clipping.", "role"),
    logprobGapMax: gauge("training_logprob_gap_max", "Largest sampler-trainer gap of the latest step.", "role"),
  };
  const iterations = counter("iterations_total", "Completed iterations.");
  const meanAtK = gauge("iteration_mean_at_k", "Held-out mean@k after the latest iteration.");
  const kept = gauge("iteration_questions_kept", "Questions in the curriculum of the latest iteration.");
  const labelAccuracy = gauge(
    "iteration_label_accuracy",
    "Pseudo-labels that agree with the oracle, latest iteration.",
  );

  const engine = (verb: string, ...labels: string[]) => {
    const tokens = counter(`${verb}_tokens_total`, `Tokens the engine ${verb}.`, ...labels);
    const sequences = counter(`${verb}_sequences_total`, `Sequences the engine ${verb}.`, ...labels);
    const seconds = histogram(`engine_${verb}_seconds`, `Time of a call that ${verb}.`, workBuckets, ...labels);
    return (names: Record<string, string>, work: { tokens: number; sequences: number; seconds: number }) => {
      tokens.inc(names, work.tokens);
      sequences.inc(names, work.sequences);
      seconds.observe(names, work.seconds);
    };
  };
  const sampled = engine("sampled", "priority");
  const scored = engine("scored", "priority");
  const trained = engine("trained");
  const asked = counter(
    "evaluator_calls_total",
    "Batches sent to evaluators: answered, or why not.",
    "kind",
    "outcome",
  );
  const askedSeconds = histogram(
    "evaluator_call_seconds",
    "Time of a batch, with waiting and every attempt at it.",
    requestBuckets,
    "kind",
  );
  const told = counter("webhook_attempts_total", "Attempts to deliver a webhook message.", "outcome");
  const toldSeconds = histogram("webhook_attempt_seconds", "Time of such an attempt.", requestBuckets);
  const failures = counter("engine_failures_total", "Calls to the engine that failed.", "call", "code");

  const recorders: Recorders = {
    "request-began": () => inFlight.inc(),
    "request-answered": ({ operation, method, status, seconds }) => {
      inFlight.dec();
      requests.inc({ operation, method, status });
      requestSeconds.observe({ operation }, seconds);
    },
    "operation-ended": ({ operation: { kind, state, createdAt, startedAt, finishedAt } }) => {
      ended.inc({ kind, state });
      if (startedAt !== null) waited.observe({ kind }, secondsBetween(createdAt, startedAt));
      if (startedAt !== null && finishedAt !== null) ran.observe({ kind }, secondsBetween(startedAt, finishedAt));
    },
    "step-made": ({ step: { role, skipped, seconds, metrics } }) => {
      steps.inc({ role, outcome: skipped === null ? "updated" : "skipped" });
      stepSeconds.observe({ role }, seconds);
      for (const [name, latest] of Object.entries(ofStep)) latest.set({ role }, metrics[name as keyof typeof ofStep]);
    },
    "iteration-made": ({ iteration: { metrics } }) => {
      iterations.inc();
      if (metrics === null) return;
      meanAtK.set(metrics.evaluation.meanAtK.value);
      kept.set(metrics.kept);
      if (metrics.labelAccuracy !== null) labelAccuracy.set(metrics.labelAccuracy);
    },
    sampled: ({ priority, ...work }) => sampled({ priority }, work),
    scored: ({ priority, ...work }) => scored({ priority }, work),
    trained: (work) => trained({}, work),
    "evaluator-called": ({ call: { kind, error, createdAt, finishedAt } }) => {
      asked.inc({ kind, outcome: error === null ? "answered" : error.code });
      askedSeconds.observe({ kind }, secondsBetween(createdAt, finishedAt));
    },
    "webhook-attempted": ({ outcome, seconds }) => {
      told.inc({ outcome });
      toldSeconds.observe(seconds);
    },
    "engine-failed": ({ call, code }) => failures.inc({ call, code }),
  };

  return {
    record: (measurement) => (recorders[measurement.kind] as (given: Measurement) => void)(measurement),
    contentType: registry.contentType,
    text: () => {
      for (const [state, count] of Object.entries(readings.operations())) operations.set({ state }, count);
      ready.set(readings.ready() ? 1 : 0);
      return registry.metrics();
    },
  };
}

const secondsBetween = (from: string, to: string): number => Math.max(0, Date.parse(to) - Date.parse(from)) / 1000;
