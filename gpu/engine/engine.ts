/** The engine inside the device process: weights, trainers and programs of one model on one device. */
import { mkdirSync } from "node:fs";
import { basename, dirname } from "node:path";
import { loraSpecs } from "../models/lora.ts";
import type { LoraConfig } from "../models/lora-config.ts";
import type { Handlers } from "../process/serve.ts";
import { deviceIdText } from "../runtime/devices.ts";
import { isAdapterFolder, readAdapterFolder, writeAdapterFolder } from "../weights/adapter-folder.ts";
import { CheckpointError } from "../weights/checkpoint-error.ts";
import { readModelConfig, writeCheckpointFolder } from "../weights/checkpoint-folder.ts";
import { flatAdapter, freshAdapter, mergedWeights } from "./adapters.ts";
import { chooseDevice } from "./choose-device.ts";
import type { DeviceMethods, FreshAdapter, OpenedModel, PackedSequences } from "./device-methods.ts";
import { EngineError } from "./engine-error.ts";
import { namedTensors, tensorsOf } from "./flat-weights.ts";
import { Generations } from "./generations.ts";
import { loadBase, loadWeights } from "./load-weights.ts";
import type { Sequence } from "./micro-batches.ts";
import { ProgramCache } from "./program-cache.ts";
import { raggedFloats, unragged } from "./ragged.ts";
import { scoreSequences } from "./scorer.ts";
import { TrainerState } from "./trainer.ts";
import { type Digest, type HostWeights, WeightsStore } from "./weights-store.ts";

interface Open {
  readonly model: OpenedModel;
  readonly directory: string;
  readonly programs: ProgramCache;
  readonly generations: Generations;
  /** Bytes this process may use. */
  readonly memory: number;
  readonly weights: WeightsStore;
  readonly trainers: Map<number, OpenTrainer>;
  /** Weights that survive their trainer's next step: the base, loaded and saved ones, trainers' starting points. */
  readonly kept: Set<string>;
}

interface OpenTrainer {
  readonly state: TrainerState;
  /** What is trained: null for all weights. */
  readonly lora: LoraConfig | null;
  /** What the trainer's user knows its weights as. */
  current: Digest;
  /** What it reads. Another one only before the first update of a fresh adapter, which changes nothing yet. */
  standing: Digest;
}

export function deviceHandlers(): Handlers<DeviceMethods> {
  let opened: Open | null = null;
  let nextTrainer = 1;
  const engine = (): Open => {
    if (!opened) throw new EngineError("invalid-request", "no model is open");
    return opened;
  };
  const trainer = (id: number) => {
    const found = engine().trainers.get(id);
    if (!found) throw new EngineError("trainer-not-open", `trainer ${id} is not open`);
    return found;
  };
  const forgetUnused = (weights: string) => {
    const { kept, trainers, weights: store } = engine();
    const inUse = [...trainers.values()].some((t) => t.current === weights || t.standing === weights);
    if (!kept.has(weights) && !inUse) store.forget(weights);
  };

  return {
    open: async ({ directory, threads, device: asked, memory }) => {
      if (opened) throw new EngineError("invalid-request", `${opened.directory} is open already`);
      const { decoder: config } = await readModelConfig(directory);
      const base = await loadBase(config, directory);
      const parameters = base.flat.length;
      const { device, reason: deviceReason } = await chooseDevice(asked, threads, parameters);
      const weights = new WeightsStore(device, config, base);
      const baseWeights = weights.base;
      const programs = new ProgramCache(device);
      opened = {
        model: {
          config,
          parameters,
          baseWeights,
          device: device.name,
          deviceId: deviceIdText(device.id),
          deviceReason,
        },
        directory,
        programs,
        generations: new Generations(programs, config, memory),
        memory,
        weights,
        trainers: new Map(),
        kept: new Set([baseWeights]),
      };
      return opened.model;
    },
    load: async ({ directory }) => {
      const digest = engine().weights.put(await readFolder(engine(), directory));
      engine().kept.add(digest);
      return digest;
    },
    save: async ({ weights, directory }) => {
      mkdirSync(dirname(directory), { recursive: true });
      const written = await writeFolder(engine(), await engine().weights.get(weights), directory);
      engine().kept.add(weights);
      return { weights: written.digest, bytes: written.bytes };
    },
    saveMerged: async ({ weights, directory }) => {
      const { model, directory: modelFrom, weights: store } = engine();
      const { lora, flat } = await store.get(weights);
      const whole = lora === null ? flat : mergedWeights(model.config, (await store.get(store.base)).flat, lora, flat);
      mkdirSync(dirname(directory), { recursive: true });
      const written = await writeCheckpointFolder(directory, modelFrom, namedTensors(model.config, whole));
      return { weights: written.digest, bytes: written.bytes };
    },
    has: ({ weights }) => engine().weights.has(weights),
    release: ({ weights }): undefined => {
      const { kept, model } = engine();
      if (weights === model.baseWeights) return undefined;
      kept.delete(weights);
      forgetUnused(weights);
    },

    sample: async (
      { weights, prompts, rowPrompt, seeds, settings, pieces },
      { signal, priority, progress, breathe },
    ) => {
      const { generations, weights: store } = engine();
      const rows = { prompts: unragged(prompts), rowPrompt, seeds };
      const pause = pauseBetween(signal, breathe);
      const call = { priority, pieces, progress, pause };
      return generations.sample(weights, await store.resident(weights), rows, settings, call);
    },
    logprobs: async ({ weights, sequences, top }, { signal, breathe }) => {
      const { programs, model, weights: store, memory } = engine();
      const pause = pauseBetween(signal, breathe);
      const resident = await store.resident(weights);
      const scores = await scoreSequences(programs, model.config, resident, unpack(sequences), top, memory, pause);
      const lengths = Int32Array.from(scores.topTokens, (list) => list.length);
      return {
        logprobs: raggedFloats(scores.logprobs),
        entropies: raggedFloats(scores.entropies),
        topLogprobs: raggedFloats(scores.topLogprobs),
        topTokens: { lengths, values: Int32Array.from(scores.topTokens.flatMap((list) => [...list])) },
      };
    },

    openTrainer: async ({ weights, fresh }) => {
      const { programs, model, weights: store, trainers, kept, memory } = engine();
      const standing = fresh === null ? (weights as Digest) : store.put(freshWeights(engine(), weights, fresh));
      const state = await TrainerState.open(programs, model.config, await store.trainable(standing), memory);
      kept.add(weights);
      const id = nextTrainer++;
      trainers.set(id, { state, lora: store.loraOf(standing), current: weights as Digest, standing });
      return id;
    },
    forwardBackward: async (
      { trainer: id, sequences, advantages, oldLogprobs, refLogprobs, loss },
      { signal, breathe },
    ) => {
      const old = oldLogprobs ? unragged(oldLogprobs) : null;
      const ref = refLogprobs ? unragged(refLogprobs) : null;
      const batch = unpack(sequences).map((sequence, i) => ({
        ...sequence,
        advantage: advantages[i]!,
        oldLogprobs: old ? old[i]! : null,
        refLogprobs: ref ? ref[i]! : null,
      }));
      const result = await trainer(id).state.forwardBackward(batch, loss, pauseBetween(signal, breathe));
      return { ...result, logprobs: raggedFloats(result.logprobs) };
    },
    optimStep: async ({ trainer: id, settings }) => {
      const { weights: store } = engine();
      const open = trainer(id);
      const { weights: made, gradNorm, skipped } = await open.state.optimStep(settings);
      if (made !== null) {
        const before = [open.current, open.standing];
        open.current = open.standing = await store.adopt(open.lora, made);
        open.state.continueFrom(await store.trainable(open.current));
        for (const weights of before) forgetUnused(weights);
      }
      return { weights: open.current, gradNorm, skipped };
    },
    closeTrainer: ({ trainer: id }): undefined => {
      const { state, current, standing } = trainer(id);
      state.close();
      engine().kept.add(current);
      engine().trainers.delete(id);
      forgetUnused(standing);
    },
  };
}

/** A whole model's folder, or an adapter's that stands on this model's base. */
async function readFolder({ model: { config }, weights }: Open, directory: string): Promise<HostWeights> {
  if (!(await isAdapterFolder(directory))) return { lora: null, flat: await loadWeights(config, directory) };
  const folder = await readAdapterFolder(directory);
  if (folder.baseWeights !== null && folder.baseWeights !== weights.base)
    throw new CheckpointError(
      "tensor-mismatch",
      `${directory} adapts the weights ${folder.baseWeights}, this model's are ${weights.base}`,
    );
  return { lora: folder.lora, flat: flatAdapter(config, folder, directory) };
}

function writeFolder(
  { model: { config }, directory: modelFrom, weights }: Open,
  { lora, flat }: HostWeights,
  to: string,
) {
  if (lora === null) return writeCheckpointFolder(to, modelFrom, namedTensors(config, flat));
  const base = { model: basename(modelFrom), weights: weights.base };
  return writeAdapterFolder(to, lora, base, tensorsOf(loraSpecs(config, lora), flat));
}

function freshWeights({ model, weights: store }: Open, weights: string, { lora, seed }: FreshAdapter): HostWeights {
  if (weights !== store.base)
    throw new EngineError(
      "invalid-request",
      `a new adapter stands on the model's own weights ${store.base}, not on ${weights}; those are trained as they are`,
    );
  return { lora, flat: freshAdapter(model.config, lora, seed) };
}

/** Lets messages in between micro-batches and stops if the caller gave up. */
const pauseBetween = (signal: AbortSignal, breathe: () => Promise<void>) => async () => {
  await breathe();
  signal.throwIfAborted();
};

const unpack = ({ tokens, from }: PackedSequences): Sequence[] =>
  unragged(tokens).map((list, i) => ({ tokens: list, from: from[i]! }));
