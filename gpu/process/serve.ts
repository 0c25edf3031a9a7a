/** The child's end: one call works at a time, because there is one device; long ones let others work between their steps. */
import { CallQueue, type QueuedCall, type Turn } from "./call-queue.ts";
import type { ErrorRecord, FromChild, MethodMap, Params, Priority, Progress, Result, ToChild } from "./protocol.ts";

export interface CallContext<P> {
  /** Aborted when the caller no longer wants the answer: look at it between steps, `signal.throwIfAborted()`. */
  readonly signal: AbortSignal;
  readonly priority: Priority;
  /** Tells the caller how far the call has come. */
  progress(value: P): void;
  /**
   * Lets messages in, so that a cancellation that arrived while the device was busy reaches `signal`, and lets calls work
   * that go first: interactive ones in any case, a batch one now and then during an interactive one. To be awaited between
   * steps; what the device holds may be different afterwards.
   */
  breathe(): Promise<void>;
}

export type Handlers<M extends MethodMap> = {
  readonly [K in keyof M]: (
    params: Params<M, K>,
    context: CallContext<Progress<M, K>>,
  ) => Result<M, K> | Promise<Result<M, K>>;
};

/** A child that says nothing for much longer than this, while it works, is lost in one step or hangs. */
const BEAT_MILLISECONDS = 1000;

type AnyHandler = (params: unknown, context: CallContext<unknown>) => unknown;

/**
 * Answers the parent's calls until it disconnects; then the process exits, also when the parent was killed. An error
 * outside a call is not caught here: it ends the process, and the parent learns of it with the last lines written.
 * @throws Error if this process was not started by `startWorker`.
 */
export function serve<M extends MethodMap>(handlers: Handlers<M>): void {
  if (process.send === undefined) throw new Error("serve() answers a parent process, and this process has none");
  const queue = new CallQueue();
  let busy = false;

  const begin = (call: QueuedCall): Promise<void> => {
    const handler = Object.hasOwn(handlers, call.method) ? (handlers[call.method] as AnyHandler) : undefined;
    let giveUpTurn: () => void = () => undefined;
    /** A turn of this call: lasts until it breathes or has been answered. */
    const turn = (work: () => void): Promise<void> =>
      new Promise((resolve) => {
        giveUpTurn = resolve;
        work();
      });
    const breathe = () =>
      new Promise<void>((resume) => {
        beat();
        queue.paused(call, () => turn(resume));
        giveUpTurn();
      });
    return turn(() => {
      void answer(call, handler, breathe).then((message) => {
        post(message);
        queue.finished(call.id);
        giveUpTurn();
      });
    });
  };
  const work = async () => {
    if (busy) return;
    busy = true;
    // Messages first: an interactive call that arrived meanwhile goes before batch calls that waited longer.
    await messages();
    for (let turn: Turn | undefined = queue.next(); turn !== undefined; turn = queue.next()) {
      await turn();
      await messages();
    }
    busy = false;
  };

  let lastBeat = Number.NEGATIVE_INFINITY;
  const beat = () => {
    if (performance.now() - lastBeat < BEAT_MILLISECONDS) return;
    lastBeat = performance.now();
    post({ kind: "beat" });
  };

  process.on("message", (message: ToChild) => {
    if (message.kind === "call") {
      queue.add(message, begin);
      void work();
    } else if (queue.cancel(message.id)) {
      post({ kind: "cancelled", id: message.id });
    }
  });
  process.on("disconnect", () => process.exit(0));
  // Ctrl-C reaches the whole group of processes: the parent finishes in order and then disconnects.
  process.on("SIGINT", () => undefined);
  post({ kind: "ready" });
}

async function answer(
  { id, method, params, priority, signal }: QueuedCall,
  handler: AnyHandler | undefined,
  breathe: () => Promise<void>,
): Promise<FromChild> {
  try {
    if (handler === undefined) throw new Error(`there is no method "${method}"`);
    const progress = (value: unknown) => post({ kind: "progress", id, value });
    return { kind: "result", id, value: await handler(params, { signal, priority, progress, breathe }) };
  } catch (error) {
    if (signal.aborted && (error === signal.reason || (error as Error)?.name === "AbortError"))
      return { kind: "cancelled", id };
    return { kind: "error", id, error: errorRecord(error) };
  }
}

/** A turn of the event loop: what the pipe has brought is handled. */
const messages = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function post(message: FromChild): void {
  // After a disconnect nobody listens, and the process is about to exit.
  if (!process.connected) return;
  try {
    send(message);
  } catch (error) {
    // A value that cannot be cloned (a function, say) is the handler's mistake: the caller learns of it.
    if (message.kind !== "result") throw error;
    send({ kind: "error", id: message.id, error: errorRecord(error) });
  }
}

function send(message: FromChild): void {
  // A failure to write means that the parent is gone: the disconnect that follows ends this process.
  process.send?.(message, undefined, undefined, () => undefined);
}

function errorRecord(thrown: unknown): ErrorRecord {
  if (!(thrown instanceof Error)) {
    return { name: "Error", message: String(thrown), code: undefined, details: undefined, stack: undefined };
  }
  const { code, details } = thrown as { code?: unknown; details?: unknown };
  return {
    name: thrown.name,
    message: thrown.message,
    code: typeof code === "string" ? code : undefined,
    details: cloneable(details),
    stack: thrown.stack,
  };
}

function cloneable(value: unknown): unknown {
  try {
    return structuredClone(value);
  } catch {
    return undefined;
  }
}
