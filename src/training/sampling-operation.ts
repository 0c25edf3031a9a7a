/** Operations that sample and write rows in one go: interrupted or abandoned, they leave nothing, and begin anew. */
import type { Environment } from "./environment.ts";
import type { OperationHandler } from "./operation-handler.ts";

export function samplingOnly({ curriculum }: Environment, run: OperationHandler["run"]): OperationHandler {
  const discard = (runId: string | null, mark: string | null) => {
    if (runId !== null && mark !== null) curriculum.discardMadeAfter(runId, mark);
  };
  return {
    run,
    rewind: ({ runId }, mark) => discard(runId, mark),
    abandon: ({ runId }, _state, _failure, mark) => discard(runId, mark),
  };
}
