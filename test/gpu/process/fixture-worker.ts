/** A child with every kind of method, for the tests of gpu/process. */
import { serve } from "../../../gpu/process/serve.ts";

export type FixtureMethods = {
  echo: { params: unknown; result: unknown };
  scale: { params: { values: Float32Array; by: number }; result: Float32Array };
  count: { params: { to: number; pauseMs: number }; result: number; progress: { at: number } };
  /** Blocks the event loop, as a run on the device does, and remembers that it ran. */
  block: { params: { name: string; ms: number }; result: string };
  /** As `block`, in several steps that let others work in between. */
  steps: { params: { name: string; count: number; ms: number }; result: string };
  order: { params: null; result: string[] };
  fail: { params: { code: string }; result: never };
  unclonable: { params: null; result: unknown };
  exit: { params: { code: number; lastWords: string }; result: never };
  uncaught: { params: null; result: never };
  remember: { params: string | null; result: string | null };
  never: { params: null; result: never };
  pid: { params: null; result: number };
};

class FixtureError extends Error {
  override readonly name = "FixtureError";
  readonly code: string;
  readonly details = { tensor: "a", values: Float32Array.of(1, 2) };
  constructor(code: string) {
    super(`refused with ${code}`);
    this.code = code;
  }
}

const order: string[] = [];
let memory: string | null = null;
/** Keeps the event loop alive and never resolves. */
const hang = () => new Promise<never>(() => setInterval(() => undefined, 2 ** 30));

serve<FixtureMethods>({
  echo: (value) => value,
  scale: ({ values, by }) => values.map((value) => value * by),
  count: async ({ to, pauseMs }, { signal, progress }) => {
    for (let at = 1; at <= to; at++) {
      signal.throwIfAborted();
      progress({ at });
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    return to;
  },
  block: ({ name, ms }) => {
    order.push(name);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
    return name;
  },
  steps: async ({ name, count, ms }, { signal, breathe }) => {
    for (let step = 1; step <= count; step++) {
      order.push(`${name} ${step}`);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
      await breathe();
      signal.throwIfAborted();
    }
    return name;
  },
  order: () => order,
  fail: ({ code }) => {
    throw new FixtureError(code);
  },
  unclonable: () => () => 1,
  exit: ({ code, lastWords }) => {
    process.stderr.write(`${lastWords}\n`);
    process.exit(code);
  },
  uncaught: () => {
    setImmediate(() => {
      throw new TypeError("nobody catches this");
    });
    return hang();
  },
  remember: (value) => {
    memory = value ?? memory;
    return memory;
  },
  never: hang,
  pid: () => process.pid,
});
