/** What went wrong, in the words of the service: every error of a part below becomes a ServiceError with a closed code. */
import { CurriculumError, type CurriculumErrorCode } from "../curriculum/curriculum-error.ts";
import { BenchmarkError } from "../evaluation/benchmark.ts";
import { PolicyError, type PolicyErrorCode } from "../policy/policy.ts";
import type { Failure } from "../records/records.ts";
import { InvalidConfigError } from "../rzero/resolve-run-config.ts";
import { ServiceError, type ServiceErrorCode } from "./services.ts";

const OF_POLICY = {
  // Lost between two calls and not to be found in a checkpoint.
  "weights-not-loaded": "engine-crashed",
  "context-length-exceeded": "context-length-exceeded",
  "invalid-request": "invalid-value",
  "engine-crashed": "engine-crashed",
  // The engine never started; readiness says what to do.
  "device-unavailable": "engine-crashed",
  cancelled: "cancelled",
  "out-of-memory": "out-of-memory",
  "invalid-checkpoint": "internal",
} as const satisfies Record<PolicyErrorCode, ServiceErrorCode>;

const OF_CURRICULUM = {
  "not-found": "not-found",
  "invalid-value": "invalid-value",
  "invalid-transition": "conflict",
  conflict: "conflict",
  "incompatible-database": "internal",
  "damaged-database": "damaged",
} as const satisfies Record<CurriculumErrorCode, ServiceErrorCode>;

/** A ServiceError where the error's kind is known, otherwise the error itself: a defect, for whoever logs it. */
export function serviceError(error: unknown): unknown {
  if (error instanceof PolicyError) return new ServiceError(OF_POLICY[error.code], error.message, { cause: error });
  if (error instanceof CurriculumError) {
    return new ServiceError(OF_CURRICULUM[error.code], error.message, { value: error.value, cause: error });
  }
  if (error instanceof BenchmarkError) {
    return new ServiceError("invalid-value", error.message, { value: error.benchmark, cause: error });
  }
  if (error instanceof InvalidConfigError) {
    const { field, value } = error;
    return new ServiceError("invalid-value", error.message, { field, value, cause: error });
  }
  // Of a signal: whoever asked is gone.
  if (error instanceof DOMException && error.name === "AbortError") {
    return new ServiceError("cancelled", "the request was given up", { cause: error });
  }
  return error;
}

/** What an operation that ended with this error says. A defect is `internal`. */
export function failureOf(error: unknown): Failure {
  const known = serviceError(error);
  if (known instanceof ServiceError) return { code: known.code, message: known.message };
  return { code: "internal", message: error instanceof Error ? error.message : String(error) };
}

/** The service with its methods' errors translated, thrown or rejected. */
export function translatingErrors<T extends object>(service: T): T {
  return new Proxy(service, {
    get(target, name, receiver) {
      const member: unknown = Reflect.get(target, name, receiver);
      if (typeof member !== "function") return member;
      return (...args: unknown[]) => {
        try {
          const result: unknown = member.apply(target, args);
          if (!(result instanceof Promise)) return result;
          return result.catch((error: unknown) => {
            throw serviceError(error);
          });
        } catch (error) {
          throw serviceError(error);
        }
      };
    },
  });
}

/** The same items; what goes wrong between them is translated like what methods throw. */
export async function* translatingErrorsOf<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* items;
  } catch (error) {
    throw serviceError(error);
  }
}
