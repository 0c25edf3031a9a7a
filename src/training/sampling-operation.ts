/** Operations that only sample and write rows: abandoned, they leave nothing. */
import type { Environment } from "./environment.ts";
import type { OperationHandler } from "./operation-queue.ts";

export function samplingOnly({ curriculum }: Environment, run: OperationHandler["run"]): OperationHandler {
  return {
    run,
    abandon: ({ runId }, _state, _failure, mark) => {
      if (runId !== null && mark !== null) curriculum.discardMadeAfter(runId, mark);
    },
  };
}
