import { fileURLToPath } from "node:url";
import { createOnnxPolicy } from "../../src/policy/onnx-policy.ts";
import { iterationSuite } from "../support/iteration-suite.ts";

const sampling = { maxTokens: 48 };

const open = () =>
  createOnnxPolicy({ modelDirectory: fileURLToPath(new URL("../../models/abacus", import.meta.url)), threads: 1 });

iterationSuite("an iteration on the embedded engine", {
  open,
  overrides: {
    challenger: { steps: 2, promptsPerStep: 4, groupSize: 4, sampling },
    solver: { steps: 2, promptsPerStep: 6, groupSize: 5, sampling },
    votes: { samples: 6, sampling },
    pool: { size: 48, sampling, difficultyBand: { min: 0.25, max: 0.95 } },
    evaluation: { questions: 16, samples: 4, sampling },
  },
  logprobTolerance: 1e-4,
  timeout: 120_000,
});

const tuning = { tuning: "lora", lora: { rank: 4, alpha: 8, targets: "all-linear" }, learningRate: 1e-3 } as const;

iterationSuite("an iteration of two adapters on the embedded engine", {
  open,
  overrides: {
    challenger: { steps: 2, promptsPerStep: 4, groupSize: 4, sampling, ...tuning },
    solver: { steps: 2, promptsPerStep: 6, groupSize: 5, sampling, ...tuning },
    votes: { samples: 6, sampling },
    pool: { size: 48, sampling, difficultyBand: { min: 0.25, max: 0.95 } },
    evaluation: { questions: 16, samples: 4, sampling },
  },
  logprobTolerance: 1e-4,
  timeout: 120_000,
  weightsFile: "adapter_model.safetensors",
});
