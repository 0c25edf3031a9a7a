/**
 * `npm run test:webgpu`, `npm run test:cuda`: the gpu tests that run graphs, once more on another device. Where there is none
 * it says so and why, and succeeds; with REQUIRE_TEST_DEVICE=1, as in CI, it fails.
 */
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Everything that computes; what only builds graphs or reads files is the same on every device. */
const SUITES = ["autodiff", "engine", "losses", "models", "onnx/lowering", "optim", "programs", "runtime"];

const [name = "webgpu"] = process.argv.slice(2);
const root = fileURLToPath(new URL("..", import.meta.url));

// In a process of its own: a driver that crashes must not look like a device that is missing.
const probe = spawnSync(
  process.execPath,
  ["--import", "tsx", fileURLToPath(new URL("./probe-device.ts", import.meta.url)), name],
  {
    cwd: root,
    encoding: "utf8",
  },
);
if (probe.status !== 0) {
  const required = process.env.REQUIRE_TEST_DEVICE === "1";
  const reason = probe.stdout.trim() || `the probe ended with ${probe.signal ?? probe.status}: ${probe.stderr.trim()}`;
  console.log(`${name} suite ${required ? "cannot run" : "skipped"}: ${reason}`);
  process.exit(required ? 1 : 0);
}
console.log(`${name} suite: ${probe.stdout.trim()}`);
const vitest = spawnSync(
  process.execPath,
  [
    join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs"),
    "run",
    ...SUITES.map((suite) => `test/gpu/${suite}`),
  ],
  { cwd: root, stdio: "inherit", env: { ...process.env, RZERO_TEST_DEVICE: name } },
);
process.exit(vitest.status ?? 1);
