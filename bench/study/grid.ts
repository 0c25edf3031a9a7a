/** What a study compares: variants of the recipe, each run with every seed. */
import { createHash } from "node:crypto";
import { type DeepPartial, withChanges } from "../../src/rzero/deep-partial.ts";
import { modelProfile } from "../../src/rzero/model-profiles.ts";
import { resolveRunConfig } from "../../src/rzero/resolve-run-config.ts";
import type { RunConfig } from "../../src/rzero/run-config.ts";
import { STABLE_PARTS } from "../../src/rzero/stable.ts";

export interface Variant {
  readonly name: string;
  readonly preset: string;
  /** Partial RunConfig, over the preset and the model's profile. */
  readonly overrides: Readonly<Record<string, unknown>>;
}

export interface Cell {
  readonly variant: Variant;
  readonly seed: number;
  readonly iterations: number;
}

/** Each seed of all variants before the next seed: a study that is cut short compares what it has. */
export function cellsOf(variants: readonly Variant[], seeds: readonly number[], iterations: number): Cell[] {
  return seeds.flatMap((seed) => variants.map((variant) => ({ variant, seed, iterations })));
}

/** The same for the same run, whatever else the study holds: what a finished cell is found again by. */
export function cellKey({ variant, seed, iterations }: Cell, model: string): string {
  const { preset, overrides } = variant;
  const config = resolveRunConfig(preset, modelProfile({ name: model, parameters: 0 }, preset), overrides);
  return createHash("sha256").update(JSON.stringify({ model, config, seed, iterations })).digest("hex").slice(0, 16);
}

/** `stable` without each of its parts in turn: the part's settings are what `paper` has for this model. */
export function leaveOneOut(model: string, common: Variant["overrides"]): Variant[] {
  const paper = resolveRunConfig("paper", modelProfile({ name: model, parameters: 0 }, "paper"));
  const variants = STABLE_PARTS.map(({ name, changes }) => ({
    name: `stable without ${name}`,
    preset: "stable",
    overrides: withChanges(valuesAt(changes, paper), common),
  }));
  const rates: Record<string, unknown> = {
    challenger: { learningRate: paper.challenger.learningRate },
    solver: { learningRate: paper.solver.learningRate },
  };
  return [
    ...variants,
    { name: "stable without its learning rates", preset: "stable", overrides: withChanges(rates, common) },
  ];
}

/** `paper` with each part of `stable` alone. */
export function eachAlone(common: Variant["overrides"]): Variant[] {
  return STABLE_PARTS.map(({ name, changes }) => ({
    name: `paper with ${name}`,
    preset: "paper",
    overrides: withChanges(changes as Record<string, unknown>, common),
  }));
}

/** The leaves that `changes` names, with their values in `config`. */
function valuesAt(changes: DeepPartial<RunConfig>, config: RunConfig): Record<string, unknown> {
  const values = (change: object, from: Readonly<Record<string, unknown>>): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(change).map(([key, inner]) => [
        key,
        typeof inner === "object" && inner !== null ? values(inner, from[key] as Record<string, unknown>) : from[key],
      ]),
    );
  return values(changes, config as unknown as Record<string, unknown>);
}
