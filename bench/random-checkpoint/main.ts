/** `npm run random:checkpoint`: a folder to try the service with at a real model's size. See bench/README.md. */
import { Command, InvalidArgumentError } from "commander";
import { qwen3Small, type RandomShape, writeRandomCheckpoint } from "./write-checkpoint.ts";

function count(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError("expected a whole number from 1");
}

const { out, ...shape } = new Command("npm run random:checkpoint --")
  .description(
    "Writes a Hugging Face folder with random weights and a tokenizer of its own; Qwen3-0.6B's shape unless told.",
  )
  .requiredOption("--out <folder>", "where to write it; 2.4 GB at the usual shape")
  .option("--layers <n>", "layers", count, qwen3Small.layers)
  .option("--hidden-size <n>", "width", count, qwen3Small.hiddenSize)
  .option("--intermediate-size <n>", "width of the feed-forward", count, qwen3Small.intermediateSize)
  .option("--heads <n>", "attention heads", count, qwen3Small.heads)
  .option("--key-value-heads <n>", "heads of keys and values", count, qwen3Small.keyValueHeads)
  .option("--head-dim <n>", "width of a head", count, qwen3Small.headDim)
  .option("--vocabulary-size <n>", "token ids, at least 300", count, qwen3Small.vocabularySize)
  .option("--context-length <n>", "longest text in tokens", count, qwen3Small.contextLength)
  .parse()
  .opts<RandomShape & { out: string }>();

const { parameters, bytes, digest } = await writeRandomCheckpoint(out, shape);
console.log(`${out}: ${parameters} parameters, ${bytes} bytes, ${digest}`);
