/** Weights of the toy model as a Hugging Face folder: one float32 tensor `weights` [parameters] in model.safetensors. */
import { createHash } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { PolicyError, type SavedWeights, type WeightsDigest } from "./policy.ts";

const WEIGHTS_FILE = "model.safetensors";
const CONFIG = `${JSON.stringify({ architectures: ["Scripted"], model_type: "scripted" }, null, 2)}\n`;

/** safetensors: length of the header (u64, little endian), header padded with spaces to a multiple of 8, data. */
function toSafetensors(weights: Float32Array): Uint8Array {
  const header = JSON.stringify({
    weights: { dtype: "F32", shape: [weights.length], data_offsets: [0, weights.byteLength] },
  });
  const padded = header.padEnd(Math.ceil(header.length / 8) * 8, " ");
  const file = new Uint8Array(8 + padded.length + weights.byteLength);
  new DataView(file.buffer).setBigUint64(0, BigInt(padded.length), true);
  file.set(new TextEncoder().encode(padded), 8);
  file.set(new Uint8Array(weights.buffer, weights.byteOffset, weights.byteLength), 8 + padded.length);
  return file;
}

export function digestOf(weights: Float32Array): WeightsDigest {
  return `sha256:${createHash("sha256").update(toSafetensors(weights)).digest("hex")}`;
}

/** Writes beside the target and renames, so that the folder appears whole or not at all. */
export async function saveWeights(weights: Float32Array, directory: string): Promise<SavedWeights> {
  const file = toSafetensors(weights);
  const unfinished = `${directory}.unfinished-${process.pid}`;
  await mkdir(dirname(directory), { recursive: true });
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished);
  await writeFile(join(unfinished, WEIGHTS_FILE), file);
  await writeFile(join(unfinished, "config.json"), CONFIG);
  await rm(directory, { recursive: true, force: true });
  await rename(unfinished, directory);
  return { weights: digestOf(weights), bytes: file.length + CONFIG.length };
}

/** Throws PolicyError `invalid-checkpoint` for a folder that holds no weights of `parameters` numbers. */
export async function loadWeights(directory: string, parameters: number): Promise<Float32Array> {
  let file: Buffer;
  try {
    file = await readFile(join(directory, WEIGHTS_FILE));
  } catch (cause) {
    throw new PolicyError("invalid-checkpoint", `${directory} has no readable ${WEIGHTS_FILE}`, { cause });
  }
  const expected = toSafetensors(new Float32Array(parameters));
  const dataStart = expected.length - parameters * 4;
  if (file.length !== expected.length || !file.subarray(0, dataStart).equals(expected.subarray(0, dataStart))) {
    throw new PolicyError("invalid-checkpoint", `${directory} does not hold float32 weights [${parameters}]`);
  }
  return new Float32Array(Uint8Array.from(file.subarray(dataStart)).buffer);
}
