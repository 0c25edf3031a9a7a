/** Children of a process, from /proc: Linux only. */
import { readdirSync, readFileSync } from "node:fs";

/** The process of a service's device; null where there is none at this moment. */
export const deviceOf = (service: number): number | null =>
  childrenOf(service).find((pid) => commandOf(pid).includes("device-process")) ?? null;

export function childrenOf(pid: number): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((id) => Number(/^PPid:\s+(\d+)/m.exec(read(`/proc/${id}/status`))?.[1]) === pid);
}

export const commandOf = (pid: number): string => read(`/proc/${pid}/cmdline`);

/** Empty where the process ended while we looked. */
function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
