/** A question as a row of a dataset: the column names that Hugging Face datasets of R-Zero have, then where it came from. */
import type { Question } from "../records/records.ts";

export interface Column {
  readonly name: string;
  readonly type: "STRING" | "DOUBLE" | "TIMESTAMP";
  readonly value: (question: Question) => string | number | null;
}

export const QUESTION_COLUMNS: readonly Column[] = [
  { name: "problem", type: "STRING", value: ({ text }) => text },
  // The Solver's majority answer, and how large the majority was: agreement, not accuracy.
  { name: "answer", type: "STRING", value: ({ pseudoLabel }) => pseudoLabel },
  { name: "score", type: "DOUBLE", value: ({ majorityShare }) => majorityShare },
  { name: "id", type: "STRING", value: ({ id }) => id },
  { name: "run", type: "STRING", value: ({ runId }) => runId },
  { name: "iteration", type: "STRING", value: ({ iterationId }) => iterationId },
  { name: "state", type: "STRING", value: ({ state }) => state },
  { name: "source", type: "STRING", value: ({ source }) => source },
  { name: "createdAt", type: "TIMESTAMP", value: ({ createdAt }) => createdAt },
];
