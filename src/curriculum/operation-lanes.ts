/** What an operation has for itself alone while it works: there is one device to compute on, and one copy of the data made at a time. */
import type { OperationKind } from "../records/records.ts";

export type OperationLane = "device" | "disk";

export const LANE_OF = {
  iterations: "device",
  questions: "device",
  solutions: "device",
  "training-step": "device",
  evaluations: "device",
  backup: "disk",
} as const satisfies Record<OperationKind, OperationLane>;

export const LANES: readonly OperationLane[] = ["device", "disk"];

export const kindsOf = (lane: OperationLane): readonly OperationKind[] =>
  (Object.keys(LANE_OF) as OperationKind[]).filter((kind) => LANE_OF[kind] === lane);
