/** What the machine says of its GPU, asked of the tools that are there. */
import { spawnSync } from "node:child_process";

/** Null where the tool is missing or fails. */
function ask(command: string, ...args: string[]): string | null {
  const { status, stdout } = spawnSync(command, args, { encoding: "utf8", timeout: 20_000 });
  return status === 0 ? stdout.trim() : null;
}

/** Name and driver of each GPU, in the tools' own words; empty where no tool knows. */
export function gpuDrivers(): string[] {
  const nvidia = ask("nvidia-smi", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader");
  if (nvidia !== null) return nvidia.split("\n").map((line) => `${line} (name, driver, memory; nvidia-smi)`);
  const vulkan = ask("vulkaninfo", "--summary");
  const facts = [...(vulkan?.matchAll(/^\s*(deviceName|driverName|driverInfo)\s*=\s*(.*)$/gm) ?? [])];
  return facts.map(([, key, value]) => `${key} ${value} (vulkaninfo)`);
}

/** MiB in use on the first NVIDIA GPU; null for any other. */
export function gpuMemoryUsedMiB(): number | null {
  const used = ask("nvidia-smi", "--query-gpu=memory.used", "--format=csv,noheader,nounits");
  return used === null ? null : Number(used.split("\n")[0]);
}
