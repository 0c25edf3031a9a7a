/** The engine inside the device process: weights, trainers and programs of one model on one device. */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { Handlers } from "../process/serve.ts";
import { readModelConfig, readWeights, writeCheckpointFolder } from "../weights/checkpoint-folder.ts";
import type { DeviceMethods, OpenedModel, PackedSequences } from "./device-methods.ts";
import { EngineError } from "./engine-error.ts";
import { standardMemory } from "./fit-memory.ts";
import { flatWeights, namedTensors } from "./flat-weights.ts";
import type { Sequence } from "./micro-batches.ts";
import { ProgramCache } from "./program-cache.ts";
import { raggedFloats, unragged } from "./ragged.ts";
import { sampleRows } from "./sampler.ts";
import { scoreSequences } from "./scorer.ts";
import { TrainerState } from "./trainer.ts";
import { type Digest, WeightsStore } from "./weights-store.ts";

interface Open {
  readonly model: OpenedModel;
  readonly directory: string;
  readonly programs: ProgramCache;
  /** Bytes this process may use. */
  readonly memory: number;
  readonly weights: WeightsStore;
  readonly trainers: Map<number, { readonly state: TrainerState; current: Digest }>;
  /** Weights that survive their trainer's next step: the base, loaded and saved ones, trainers' starting points. */
  readonly kept: Set<string>;
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
  const readFlat = async (directory: string): Promise<Float32Array> =>
    flatWeights(engine().model.config, await readWeights(directory));

  return {
    open: async ({ directory, threads, memory }) => {
      if (opened) throw new EngineError("invalid-request", `${opened.directory} is open already`);
      const { decoder: config } = await readModelConfig(directory);
      const flat = flatWeights(config, await readWeights(directory));
      const weights = new WeightsStore(config);
      const baseWeights = weights.put(flat);
      const device = `cpu (${threads} thread${threads === 1 ? "" : "s"})`;
      opened = {
        model: { config, parameters: flat.length, baseWeights, device },
        directory,
        programs: new ProgramCache(threads),
        memory: memory ?? standardMemory(),
        weights,
        trainers: new Map(),
        kept: new Set([baseWeights]),
      };
      return opened.model;
    },
    load: async ({ directory }) => {
      const digest = engine().weights.put(await readFlat(directory));
      engine().kept.add(digest);
      return digest;
    },
    save: async ({ weights, directory }) => {
      const { config } = engine().model;
      const flat = engine().weights.get(weights);
      mkdirSync(dirname(directory), { recursive: true });
      const written = await writeCheckpointFolder(directory, engine().directory, namedTensors(config, flat));
      engine().kept.add(weights);
      return { weights: written.digest, bytes: written.bytes };
    },
    has: ({ weights }) => engine().weights.has(weights),
    release: ({ weights }): undefined => {
      const { kept, trainers, weights: store, model } = engine();
      if (weights === model.baseWeights) return undefined;
      kept.delete(weights);
      if (![...trainers.values()].some((t) => t.current === weights)) store.forget(weights);
    },

    sample: async ({ weights, prompts, rowPrompt, seeds, settings }) => {
      const { programs, model, weights: store } = engine();
      return sampleRows(
        programs,
        model.config,
        store.get(weights),
        { prompts: unragged(prompts), rowPrompt, seeds },
        settings,
      );
    },
    logprobs: async ({ weights, sequences, top }, { signal, breathe }) => {
      const { programs, model, weights: store, memory } = engine();
      const pause = pauseBetween(signal, breathe);
      const texts = unpack(sequences);
      const scores = await scoreSequences(programs, model.config, store.get(weights), texts, top, memory, pause);
      const lengths = Int32Array.from(scores.topTokens, (list) => list.length);
      return {
        logprobs: raggedFloats(scores.logprobs),
        entropies: raggedFloats(scores.entropies),
        topLogprobs: raggedFloats(scores.topLogprobs),
        topTokens: { lengths, values: Int32Array.from(scores.topTokens.flatMap((list) => [...list])) },
      };
    },

    openTrainer: ({ weights }) => {
      const { programs, model, weights: store, trainers, kept, memory } = engine();
      const state = new TrainerState(programs, model.config, store.get(weights), memory);
      kept.add(weights);
      const id = nextTrainer++;
      trainers.set(id, { state, current: weights as Digest });
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
      const { weights: store, kept } = engine();
      const open = trainer(id);
      const result = await open.state.optimStep(settings);
      const before = open.current;
      open.current = store.put(open.state.weights);
      if (before !== open.current && !kept.has(before)) store.forget(before);
      return { weights: open.current, ...result };
    },
    closeTrainer: ({ trainer: id }): undefined => {
      engine().kept.add(trainer(id).current);
      engine().trainers.delete(id);
    },
  };
}

/** Lets messages in between micro-batches and stops if the caller gave up. */
const pauseBetween = (signal: AbortSignal, breathe: () => Promise<void>) => async () => {
  await breathe();
  signal.throwIfAborted();
};

const unpack = ({ tokens, from }: PackedSequences): Sequence[] =>
  unragged(tokens).map((list, i) => ({ tokens: list, from: from[i]! }));
