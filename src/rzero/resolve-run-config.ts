/** Preset, model profile and a caller's overrides become one complete, checked RunConfig. */
import { type FieldRule, RUN_CONFIG_RULES, violation } from "./config-fields.ts";

import type { DeepPartial } from "./deep-partial.ts";
import { PRESETS } from "./presets.ts";
import type { RunConfig } from "./run-config.ts";

/** `field` is the dotted path (`preset`, `overrides.solver.steps`), `value` what stood there. */
export class InvalidConfigError extends Error {
  override readonly name = "InvalidConfigError";
  readonly field: string;
  readonly value: unknown;
  constructor(field: string, value: unknown, expected: string) {
    super(`${field} is ${describe(value)}; expected ${expected}`);
    this.field = field;
    this.value = value;
  }
}

function describe(value: unknown): string {
  const text = typeof value === "number" ? String(value) : (JSON.stringify(value) ?? typeof value);
  return text.length > 80 ? `${text.slice(0, 80)}...` : text;
}

/**
 * Merges left to right: preset, then the model's profile, then `overrides` (anything: it comes from outside). Every
 * field of the result lies within its bounds. Throws InvalidConfigError naming the first unknown or unfitting field.
 */
export function resolveRunConfig(
  presetName: string,
  profile: DeepPartial<RunConfig>,
  overrides: unknown = {},
): RunConfig {
  const preset = PRESETS.find(({ name }) => name === presetName);
  if (!preset)
    throw new InvalidConfigError("preset", presetName, `one of ${PRESETS.map(({ name }) => name).join(", ")}`);
  const merged = [
    { change: profile, path: "profile" },
    { change: overrides, path: "overrides" },
  ].reduce<unknown>((config, { change, path }) => merge(RUN_CONFIG_RULES, config, change, path), preset.config);
  const config = merged as RunConfig;
  checkTogether(config);
  return config;
}

type RuleTree = FieldRule | { readonly [key: string]: RuleTree };
const isLeaf = (rules: RuleTree): rules is FieldRule => typeof rules.kind === "string";

/** `base` with the fields of `change`, each checked against its rule. */
function merge(rules: RuleTree, base: unknown, change: unknown, path: string): unknown {
  if (isLeaf(rules)) {
    const expected = violation(rules, change);
    if (expected !== null) throw new InvalidConfigError(path, change, expected);
    return change;
  }
  if (typeof change !== "object" || change === null || Array.isArray(change)) {
    throw new InvalidConfigError(path, change, `an object with some of ${Object.keys(rules).join(", ")}`);
  }
  const result: Record<string, unknown> = { ...(base as Record<string, unknown>) };
  for (const [key, value] of Object.entries(change)) {
    if (!Object.hasOwn(rules, key)) {
      throw new InvalidConfigError(
        `${path}.${key}`,
        value,
        `no such field; there are ${Object.keys(rules).join(", ")}`,
      );
    }
    if (value !== undefined) result[key] = merge(rules[key]!, result[key], value, `${path}.${key}`);
  }
  return result;
}

/** What no field can say alone. */
function checkTogether(config: RunConfig): void {
  const { min, max } = config.pool.difficultyBand;
  if (min > max) throw new InvalidConfigError("overrides.pool.difficultyBand.min", min, `at most max, which is ${max}`);
  for (const role of ["challenger", "solver"] as const) {
    const { updatesPerStep, promptsPerStep } = config[role];
    if (updatesPerStep > promptsPerStep) {
      throw new InvalidConfigError(
        `overrides.${role}.updatesPerStep`,
        updatesPerStep,
        `at most promptsPerStep, which is ${promptsPerStep}`,
      );
    }
  }
}
