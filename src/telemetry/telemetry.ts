/** What the service measures of itself while it runs: a closed list, told where it happens. Who counts it is an adapter's business. */
import type { EvaluatorCall } from "../records/evaluator.ts";
import type { Iteration, Operation, Step } from "../records/records.ts";

export type Measurement =
  | { readonly kind: "request-began" }
  /** `operation`: operationId of the contract, or `none`. `seconds` until the answer's headers were there. */
  | {
      readonly kind: "request-answered";
      readonly operation: string;
      readonly method: string;
      readonly status: number;
      readonly seconds: number;
    }
  | { readonly kind: "operation-ended"; readonly operation: Operation }
  | { readonly kind: "step-made"; readonly step: Step }
  | { readonly kind: "iteration-made"; readonly iteration: Iteration }
  | ({ readonly kind: "sampled"; readonly priority: "interactive" | "batch" } & EngineWork)
  | ({ readonly kind: "scored"; readonly priority: "interactive" | "batch" } & EngineWork)
  | ({ readonly kind: "trained" } & EngineWork)
  /** One batch, with all attempts at it. */
  | { readonly kind: "evaluator-called"; readonly call: EvaluatorCall }
  /** `outcome`: how the attempt ended, as it is recorded. */
  | { readonly kind: "webhook-attempted"; readonly outcome: string; readonly seconds: number }
  | { readonly kind: "engine-failed"; readonly call: string; readonly code: string };

interface EngineWork {
  readonly sequences: number;
  readonly tokens: number;
  readonly seconds: number;
}

export interface Telemetry {
  record(measurement: Measurement): void;
}

/** What was recorded, as text for whoever collects it. */
export interface Exposition {
  /** Media type of the text. */
  readonly contentType: string;
  text(): Promise<string>;
}

/** For those who do not want to know. */
export const unrecorded: Telemetry = { record: () => undefined };
