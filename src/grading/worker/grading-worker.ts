/** The child process that reads what models wrote: it may hang or run out of memory, and is ended then. */
import { compare } from "../compare.ts";
import { readAnswer } from "../read-answer.ts";
import type { Value } from "../value.ts";
import { GradingError } from "../verdict.ts";
import type { FromWorker, ToWorker } from "./protocol.ts";
import { RecentlyUsed } from "./recently-used.ts";

/** Answers kept as read: a vote compares each with every other. */
const READ = 5000;

const values = new RecentlyUsed<string, Value | GradingError>(READ);

function read(answer: string): Value {
  let value = values.get(answer);
  if (value === undefined) {
    value = attempt(answer);
    values.set(answer, value);
  }
  if (value instanceof GradingError) throw value;
  return value;
}

function attempt(answer: string): Value | GradingError {
  try {
    return readAnswer(answer);
  } catch (error) {
    if (error instanceof GradingError) return error;
    throw error;
  }
}

const reply = (message: FromWorker) => process.send?.(message);

process.on("message", ({ pairs }: ToWorker) => reply({ verdicts: pairs.map(([a, b]) => compare(a, b, read)) }));
process.on("disconnect", () => process.exit(0));
reply({ ready: true });
