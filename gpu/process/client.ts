/** The parent's end: typed calls to a child that is replaced when it dies. */
import { type CallOptions, Connection, type ConnectionOptions } from "./connection.ts";
import { CallCancelled, DeviceProcessClosed, type DeviceProcessCrashed } from "./process-errors.ts";
import type { MethodMap, Params, Progress, Result } from "./protocol.ts";

/** Calls one method of the child. @throws RemoteCallError, CallCancelled, DeviceProcessCrashed, DeviceProcessClosed. */
export type CallMethod<M extends MethodMap> = <K extends keyof M & string>(
  method: K,
  params: Params<M, K>,
  options?: CallOptions<Progress<M, K>>,
) => Promise<Result<M, K>>;

export interface WorkerOptions<M extends MethodMap> extends Omit<ConnectionOptions, "onOutput"> {
  /** Seconds without a call after which the child is let go; the next call starts another. Default: never. */
  readonly idleSeconds?: number;
  /** It was let go. */
  readonly onIdle?: () => void;
  /** Each line the child writes to its standard output or error. Default: kept for the report of a crash, not shown. */
  readonly onOutput?: (line: string) => void;
  /**
   * A child died or was let go, and another has been started: bring it to where calls expect it, through `call`. All other calls wait.
   * If it fails, they fail with its error, the child is ended, and the next call tries again.
   */
  readonly onRestart?: (crash: DeviceProcessCrashed, call: CallMethod<M>) => void | Promise<void>;
}

export interface WorkerClient<M extends MethodMap> {
  readonly call: CallMethod<M>;
  /** Of the current child; undefined where it was let go. */
  readonly pid: number | undefined;
  /** Keeps the child from being let go, whatever is in its memory, until the returned function is called. */
  hold(): () => void;
  /** Children started so far. */
  readonly starts: number;
  /** Ends the child and waits until it is gone; calls in flight reject with DeviceProcessClosed. */
  close(options?: { graceMilliseconds?: number }): Promise<void>;
}

const closeMilliseconds = 5000;

/**
 * Starts `entry`, a module that calls `serve`, in a process of its own. It exits with this process, however that ends.
 * Calls made before it is ready wait for it.
 */
export function startWorker<M extends MethodMap>(entry: URL, options: WorkerOptions<M> = {}): WorkerClient<M> {
  let connection = new Connection(entry, options);
  let prepared: Promise<unknown> = connection.ready;
  let starts = 1;
  let closed = false;
  let wanted = 0;
  let idle: NodeJS.Timeout | undefined;

  /** Counts who needs the child; it is let go when nobody has for long enough. */
  const want = (): (() => void) => {
    wanted++;
    clearTimeout(idle);
    let given = false;
    return () => {
      if (given) return;
      given = true;
      if (--wanted > 0 || options.idleSeconds === undefined || closed) return;
      idle = setTimeout(() => {
        if (!connection.alive) return;
        void connection.close(closeMilliseconds).then(() => options.onIdle?.());
      }, options.idleSeconds * 1000);
      idle.unref();
    };
  };

  const callOn = (target: Connection): CallMethod<M> => {
    return (method, params, callOptions = {}) => target.call(method, params, callOptions as CallOptions) as never;
  };

  const restart = () => {
    const lost = connection;
    const fresh = new Connection(entry, options);
    connection = fresh;
    starts += 1;
    prepared = (async () => {
      const crash = await lost.ended;
      await fresh.ready;
      try {
        await options.onRestart?.(crash, callOn(fresh));
      } catch (error) {
        await fresh.close(0);
        throw error;
      }
    })();
    prepared.catch(() => undefined);
  };

  return {
    call: async (method, params, callOptions = {}) => {
      if (closed) throw new DeviceProcessClosed();
      const done = want();
      try {
        if (!connection.alive) restart();
        const target = connection;
        await waitFor(prepared, method, callOptions.signal);
        return await callOn(target)(method, params, callOptions);
      } finally {
        done();
      }
    },
    hold: want,
    get pid() {
      return connection.alive ? connection.pid : undefined;
    },
    get starts() {
      return starts;
    },
    close: async ({ graceMilliseconds = closeMilliseconds } = {}) => {
      closed = true;
      clearTimeout(idle);
      await connection.close(graceMilliseconds);
    },
  };
}

/** `prepared`, unless the caller gives up first. */
async function waitFor(prepared: Promise<unknown>, method: string, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) {
    await prepared;
    return;
  }
  let giveUp: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    giveUp = () => reject(new CallCancelled(method, signal.reason));
    if (signal.aborted) giveUp();
    signal.addEventListener("abort", giveUp, { once: true });
  });
  try {
    await Promise.race([prepared, aborted]);
  } finally {
    if (giveUp !== undefined) signal.removeEventListener("abort", giveUp);
  }
}
