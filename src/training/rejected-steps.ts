/** Steps whose loss or gradient was not finite: their updates were not made, and here is decided whether the phase goes on. */
import type { Step } from "../records/records.ts";
import type { NonFinitePolicy } from "../rzero/run-config.ts";
import { ServiceError } from "./services.ts";

/** Under `skip`: rejected steps in a row from which on it is no bad luck. The reference has no such limit; ours. */
const IN_A_ROW = 3;

/** Also of several updates in one step, of which only some were rejected. */
const isRejected = ({ skipped, metrics }: Step): boolean =>
  skipped === "gradient-not-finite" || !Number.isFinite(metrics.loss) || !Number.isFinite(metrics.gradNorm);

/**
 * `steps`: of the phase so far, in order.
 * @throws ServiceError `training-not-finite`
 */
export function refuseToGoOn(policy: NonFinitePolicy, steps: readonly Step[]): void {
  const whole = steps.findLastIndex((step) => !isRejected(step));
  const rejected = steps.slice(whole + 1);
  const last = rejected.at(-1);
  if (last === undefined || (policy === "skip" && rejected.length < IN_A_ROW)) return;
  const which =
    policy === "stop"
      ? `of step ${last.number} (${last.id})`
      : `of ${rejected.length} steps in a row, the last of them step ${last.number} (${last.id}),`;
  const { loss, gradNorm } = last.metrics;
  throw new ServiceError(
    "training-not-finite",
    `the ${last.role}'s loss or gradient ${which} was not finite: loss ${loss}, gradient norm ${gradNorm}; ` +
      `no such update was made, and onNonFinite is "${policy}"`,
    { field: "onNonFinite", value: policy },
  );
}
