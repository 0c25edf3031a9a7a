import type { AbacusShape } from "./abacus-folder.ts";

/** 0.8 million parameters, the shape `npm run bench` calls 4x128. The only one tried: it does every skill and leaves room to learn. */
export const abacusShape: AbacusShape = {
  hiddenSize: 128,
  intermediateSize: 384,
  layers: 4,
  heads: 4,
  keyValueHeads: 2,
  headDim: 32,
  ropeTheta: 10_000,
  contextLength: 256,
};
