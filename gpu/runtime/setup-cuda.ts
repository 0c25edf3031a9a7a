/**
 * `npm run setup:cuda`: fetches the CUDA provider (about 200 MB, from NuGet) with onnxruntime-node's own install script, which
 * `npm ci` skips. Says in one line what came of it.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { ComputeDevice } from "./compute-device.ts";
import { deviceTraits } from "./devices.ts";

async function main(): Promise<void> {
  if (process.platform !== "linux" || process.arch !== "x64")
    throw new Error(`there is a CUDA provider for Linux on x64 only; this is ${process.platform} on ${process.arch}`);
  const folder = dirname(createRequire(import.meta.url).resolve("onnxruntime-node/package.json"));
  const script = spawnSync(process.execPath, [join(folder, "script", "install.js")], {
    encoding: "utf8",
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: "true" }, // "cuda12" is in its help, but it takes that for no wish at all
    timeout: 15 * 60_000,
  });
  const provider = join(folder, "bin", "napi-v6", "linux", "x64", "libonnxruntime_providers_cuda.so");
  if (script.status !== 0 || !existsSync(provider)) {
    const reason = /^\s*(?:\w*Error|code)\b.*$/m.exec(script.stderr)?.[0].trim() ?? "it gave no reason";
    throw new Error(
      `the CUDA provider could not be fetched from api.nuget.org (${reason}); it needs that network once`,
    );
  }
  try {
    const device = await ComputeDevice.open({ kind: "cuda", index: 0 }, 1);
    await device.close();
    console.log("the CUDA provider is installed and works; start with RZERO_DEVICE=cuda");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    console.log(`the CUDA provider is installed, but ${reason || deviceTraits.cuda.remedy}`);
  }
}

main().catch((error: unknown) => {
  console.error(`setup:cuda: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
