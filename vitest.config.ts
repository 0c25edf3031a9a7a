import { defineConfig } from "vitest/config";

const onCpu = (process.env.RZERO_TEST_DEVICE ?? "cpu") === "cpu";

// Forks, never threads: several worker threads that load onnxruntime-node crash (microsoft/onnxruntime#24486).
export default defineConfig({
  test: {
    pool: "forks",
    include: ["test/**/*.test.ts"],
    testTimeout: onCpu ? 60_000 : 300_000, // a software adapter is a hundred times slower
    hookTimeout: onCpu ? 60_000 : 300_000,
    reporters: ["default"],
  },
});
