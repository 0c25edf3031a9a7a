/** The parent's handle of the device process: opened on one model, reopened on it after a crash. */
import { startWorker, type WorkerClient } from "../process/client.ts";
import { DeviceProcessCrashed } from "../process/process-errors.ts";
import type { DeviceMethods, OpenedModel } from "./device-methods.ts";
import { standardMemory } from "./fit-memory.ts";

export interface Device {
  readonly model: OpenedModel;
  readonly call: WorkerClient<DeviceMethods>["call"];
  /** Processes started so far; a trainer lives in one of them only. */
  readonly generation: number;
  readonly pid: number | undefined;
  /** Keeps the process, and what is trained in it, from being let go as idle until the returned function is called. */
  hold(): () => void;
  close(): Promise<void>;
}

export interface DeviceOptions {
  /** Hugging Face folder of the base model. */
  readonly directory: string;
  readonly threads: number;
  /** Bytes the device process may use; half of the machine's if not given. */
  readonly memory?: number;
  /** auto, cpu, webgpu or cuda[:n]; auto if not given */
  readonly device?: string;
  /** Seconds without work after which the process is let go; the next call starts another. Never if not given. */
  readonly idleSeconds?: number;
  readonly onIdle?: () => void;
  /** Seconds it may work without a sign of life before it is ended as hanging. Any time if not given. */
  readonly silenceSeconds?: number;
  /** Lines the process writes. */
  readonly onOutput?: (line: string) => void;
}

/** Times a process may die while it opens the model; one that dies each time cannot open it. */
const openings = 3;

/** @throws RemoteCallError with a CheckpointError's code if the folder cannot be read, a DeviceError's; DeviceProcessCrashed. */
export async function openDevice(options: DeviceOptions): Promise<Device> {
  for (let opening = 1; ; opening++) {
    try {
      return await openOnce(options);
    } catch (error) {
      if (!(error instanceof DeviceProcessCrashed) || opening === openings) throw error;
    }
  }
}

async function openOnce({
  directory,
  threads,
  device = "auto",
  memory = standardMemory(),
  ...watched
}: DeviceOptions): Promise<Device> {
  const parameters = { directory, threads, memory };
  let openedOn = device; // after a crash the same one again, whatever `auto` would say now
  const client = startWorker<DeviceMethods>(new URL("./device-process.ts", import.meta.url), {
    ...watched,
    onRestart: async (_, call) => {
      await call("open", { ...parameters, device: openedOn });
    },
  });
  try {
    const model = await client.call("open", { ...parameters, device });
    openedOn = model.deviceId;
    return {
      model,
      call: client.call,
      get generation() {
        return client.starts;
      },
      get pid() {
        return client.pid;
      },
      hold: client.hold,
      close: () => client.close(),
    };
  } catch (error) {
    await client.close();
    throw error;
  }
}
