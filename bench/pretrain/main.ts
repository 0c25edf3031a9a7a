/** `npm run pretrain`: makes models/abacus from nothing and prints its digest and what it can do. */
import { mkdirSync, rmSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import logUpdate from "log-update";
import { namedTensors } from "../../gpu/engine/flat-weights.ts";
import { ProgramCache } from "../../gpu/engine/program-cache.ts";
import { ComputeDevice } from "../../gpu/runtime/compute-device.ts";
import { openTokenizer } from "../../gpu/tokenizer/tokenizer.ts";
import { readModelConfig } from "../../gpu/weights/checkpoint-folder.ts";
import { writeSafetensors } from "../../gpu/weights/safetensors.ts";
import { writeAbacusFolder } from "./abacus-folder.ts";
import { abacusShape } from "./abacus-shape.ts";
import { measureSkills } from "./measure-skills.ts";
import { modelCard, skillTable } from "./model-card.ts";
import { type PretrainSettings, pretrain } from "./pretrain.ts";

const defaultDirectory = fileURLToPath(new URL("../../models/abacus", import.meta.url));

const options = new Command("npm run pretrain --")
  .description("Pre-trains the embedded base model on synthetic arithmetic text, with this project's own trainer.")
  .option("--out <folder>", "where to write the model", defaultDirectory)
  .option("--steps <n>", "optimiser steps", Number, 4000)
  .option("--documents <n>", "documents in a step", Number, 256)
  .option("--learning-rate <x>", "peak learning rate", Number, 3e-3)
  .option("--seed <n>", "seed of weights and text", Number, 1)
  .option("--threads <n>", "CPU threads; the digest is the same only for the same number", Number, 2)
  .option("--noise <x>", "chance that a result in the text is wrong", Number)
  .option("--size-decay <x>", "chance of each size over that of the size below", Number)
  .parse()
  .opts();

const started = performance.now();
await mkdir(options.out, { recursive: true });
await writeAbacusFolder(options.out, abacusShape);
const { decoder } = await readModelConfig(options.out);
const tokenizer = await openTokenizer(options.out);
const settings: PretrainSettings = {
  seed: options.seed,
  steps: options.steps,
  documentsPerStep: options.documents,
  peakLearningRate: options.learningRate,
  threads: options.threads,
  corpus: {
    ...(options.noise === undefined ? {} : { noise: options.noise }),
    ...(options.sizeDecay === undefined ? {} : { sizeDecay: options.sizeDecay }),
  },
};
const weights = await pretrain(decoder, tokenizer, settings, (progress) => {
  const line = `step ${progress.step}/${settings.steps}  loss ${progress.loss.toFixed(4)}  ${Math.round(progress.tokensPerSecond)} tokens/s  ${Math.ceil(progress.secondsLeft / 60)} min left`;
  if (process.stdout.isTTY) logUpdate(line);
  else if (progress.step % 250 === 0 || progress.step === settings.steps) console.log(line);
});
const file = join(options.out, "model.safetensors");
rmSync(file, { force: true });
mkdirSync(options.out, { recursive: true });
const { digest } = await writeSafetensors(file, namedTensors(decoder, weights));

const programs = new ProgramCache(ComputeDevice.cpu(settings.threads));
const rows = await measureSkills(programs, decoder, weights, tokenizer, 720);
await programs.close();
const minutes = (performance.now() - started) / 60_000;
await writeFile(join(options.out, "README.md"), modelCard({ settings, digest, rows, parameters: weights.length }));
console.log(skillTable(rows));
console.log(`${digest}  ${weights.length} parameters, ${minutes.toFixed(1)} min`);
