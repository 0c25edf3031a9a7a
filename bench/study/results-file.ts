/** Finished runs of a study, one JSON line each: what makes it resumable. */
import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import type { WireIteration } from "../demo/wire.ts";

type WireMetrics = NonNullable<WireIteration["metrics"]>;

/** Row 0 is the base. */
export interface Row {
  readonly iteration: number;
  readonly meanAtK: number;
  readonly greedy: number;
  readonly majAtK: number;
  /** Null without an oracle, where nothing was kept, and for the base. */
  readonly labelAccuracy: number | null;
  /** Clusters over clustered questions; null for the base. */
  readonly diversity: number | null;
  readonly kept: number | null;
  readonly collapseRisk: number | null;
  readonly because: string | null;
  readonly signals: WireMetrics["signals"];
  /** mean@k less that of the base on the same questions, with its p. */
  readonly sinceBase: WireMetrics["sinceBase"];
  /** mean@k by skill and size. */
  readonly strata: Readonly<Record<string, number>>;
  readonly seconds: number;
}

export interface CellResult {
  readonly key: string;
  readonly variant: string;
  readonly preset: string;
  readonly overrides: Readonly<Record<string, unknown>>;
  readonly seed: number;
  readonly k: number;
  readonly questions: number;
  readonly rows: readonly Row[];
  /** Row of the checkpoint that the run names as its best, without labels. */
  readonly best: number | null;
  readonly finishedAt: string;
}

/** A line that a crash cut off is the last one; its run is made again. */
export function readResults(file: string): CellResult[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8")
    .split("\n")
    .flatMap((line) => {
      try {
        return line === "" ? [] : [JSON.parse(line) as CellResult];
      } catch {
        return [];
      }
    });
}

export function appendResult(file: string, result: CellResult): void {
  mkdirSync(dirname(file), { recursive: true });
  const cutOff = existsSync(file) && !/(^|\n)$/.test(readFileSync(file, "utf8"));
  appendFileSync(file, `${cutOff ? "\n" : ""}${JSON.stringify(result)}\n`);
}
