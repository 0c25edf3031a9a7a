import { ProgramCache } from "../gpu/engine/program-cache.ts";
import { sampleRows } from "../gpu/engine/sampler.ts";
import { parameterCount } from "../gpu/models/parameters.ts";

const c = {
  architecture: "qwen3" as const,
  hiddenSize: 128,
  intermediateSize: 384,
  layers: 4,
  heads: 4,
  keyValueHeads: 2,
  headDim: 32,
  rmsNormEpsilon: 1e-6,
  ropeTheta: 10000,
  vocabularySize: 32,
  tieWordEmbeddings: true,
  contextLength: 256,
  qkNorm: true as const,
};
const P = parameterCount(c);
const w = Float32Array.from({ length: P }, (_, i) => Math.sin(i * 12.9898) * 0.04);
const programs = new ProgramCache(2);
for (const [R, Q] of [
  [256, 256],
  [256, 32],
  [1024, 128],
] as const)
  for (const topP of [1, 0.99])
    for (let k = 0; k < 3; k++) {
      const prompts = Array.from({ length: Q }, (_, q) =>
        Int32Array.from({ length: 4 + (q % 3) }, (_, i) => (q + i) % 32),
      );
      const t = performance.now();
      const r = await sampleRows(
        programs,
        c,
        w,
        {
          prompts,
          rowPrompt: Int32Array.from({ length: R }, (_, i) => Math.floor((i * Q) / R)),
          seeds: Uint32Array.from({ length: R }, (_, i) => i),
        },
        { temperature: 1, topP, topK: 0, minP: 0, maxTokens: 58, stopTokens: [] },
      );
      const ms = performance.now() - t;
      console.log(
        R,
        Q,
        topP,
        ms.toFixed(0),
        "ms",
        ((r.tokens.values.length / ms) * 1e3).toFixed(0),
        "tok/s",
        r.tokens.values.slice(0, 12).join(" "),
        r.sampledLogprobs.slice(0, 3).join(" "),
      );
    }
