/** Command lines to be pasted. */
import type { WireRun } from "./wire.ts";

/** As a shell reads it back. */
export function quoted(text: string): string {
  return /^[\w./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** What gives the same run once more, with everything named that a later version may choose otherwise. */
export function commandOf(
  { preset, seed, model }: Pick<WireRun, "preset" | "seed" | "model">,
  iterations: number,
  overrides: Readonly<Record<string, unknown>>,
): string {
  const settings = leaves(overrides).map(([path, value]) => `--set ${quoted(`${path}=${written(value)}`)}`);
  return [
    "npm run demo --",
    `--preset ${quoted(preset)} --iterations ${iterations} --seed ${seed} --model ${quoted(model)}`,
    ...settings,
  ].join(" ");
}

/** Text that JSON would read as something else keeps its quotes. */
function written(value: unknown): string {
  if (typeof value !== "string") return JSON.stringify(value);
  try {
    JSON.parse(value);
    return JSON.stringify(value);
  } catch {
    return value;
  }
}

function leaves(tree: Readonly<Record<string, unknown>>, path: readonly string[] = []): (readonly [string, unknown])[] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? leaves(value as Readonly<Record<string, unknown>>, [...path, key])
      : [[[...path, key].join("."), value] as const],
  );
}
