import { defineConfig } from "vitest/config";

// Forks, never threads: several worker threads that load onnxruntime-node crash (microsoft/onnxruntime#24486).
export default defineConfig({
  test: {
    pool: "forks",
    include: ["test/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ["default"],
  },
});
