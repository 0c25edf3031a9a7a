import { describe, expect, it } from "vitest";
import { GraphBuilder } from "../../../gpu/graph/builder.ts";
import { type ChoiceKind, chooseTokens } from "../../../gpu/programs/token-choice.ts";
import { float32, int64 } from "../../../gpu/runtime/tensor.ts";
import { seededRandom } from "../../../src/rzero/seeds.ts";
import { runGraph } from "../../support/run-graph.ts";
import { fewer, onCpu } from "../../support/test-device.ts";

/** Larger than what is sorted whole, and no multiple of a block. */
const V = 10_001;

interface RowCase {
  readonly logits: Float32Array;
  readonly uniform: number;
  readonly topK: number;
  readonly topP: number;
  readonly minP: number;
}

async function chooseWith(loops: boolean, kind: ChoiceKind, rows: readonly RowCase[]) {
  const A = rows.length;
  const builder = new GraphBuilder("choose");
  const column = (name: string) => builder.input(name, "float32", [A, 1]);
  const chosen = chooseTokens(builder.input("logits", "float32", [A, V]), builder.input("uniforms", "float32", [A]), {
    ...{ kind, loops },
    ...{ inverseTemperature: column("inverseTemperature"), topP: column("topP"), minP: column("minP") },
    topK: builder.input("topK", "int64", [A, 1]),
  });
  for (const name of ["tokens", "sampledLogprobs", "rawLogprobs"] as const) builder.output(name, chosen[name]);
  const logits = new Float32Array(A * V);
  for (const [a, row] of rows.entries()) logits.set(row.logits, a * V);
  const floats = (of: "topP" | "minP") =>
    float32(
      Float32Array.from(rows, (row) => row[of]),
      [A, 1],
    );
  const outputs = await runGraph(builder, {
    logits: float32(logits, [A, V]),
    uniforms: float32(
      Float32Array.from(rows, ({ uniform }) => uniform),
      [A],
    ),
    inverseTemperature: float32(new Float32Array(A).fill(1), [A, 1]),
    topP: floats("topP"),
    minP: floats("minP"),
    topK: int64(
      BigInt64Array.from(rows, ({ topK }) => BigInt(topK)),
      [A, 1],
    ),
  });
  return rows.map((_, a) => ({
    token: Number((outputs.tokens!.data as BigInt64Array)[a]),
    sampled: (outputs.sampledLogprobs!.data as Float32Array)[a]!,
    raw: (outputs.rawLogprobs!.data as Float32Array)[a]!,
  }));
}

/** Normal logits: at a spread of 1 thousands of tokens matter, at 6 a handful. */
function logitsOf(spread: number, seed: number): Float32Array {
  const random = seededRandom(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Float32Array.from({ length: V }, () => spread * normal());
}

/** The same in double precision, from the definition: kept tokens in their order of choice, with their probabilities. */
function keptOf({ logits, topK, topP, minP }: RowCase, kind: ChoiceKind): { token: number; p: number }[] {
  const most = Math.max(...logits);
  const weights = Array.from(logits, (x) => Math.exp(x - most));
  const whole = weights.reduce((a, b) => a + b, 0);
  const all = weights.map((weight, token) => ({ token, p: weight / whole }));
  if (kind === "plain") return all;
  const first = [...all].sort((a, b) => b.p - a.p || a.token - b.token).slice(0, topK);
  const mass = first.reduce((sum, { p }) => sum + p, 0);
  let before = 0;
  return first.filter(({ p }) => {
    const inside = before < topP * mass && p >= minP * first[0]!.p;
    before += p;
    return inside;
  });
}

function check(
  row: RowCase,
  kind: ChoiceKind,
  { token, sampled, raw }: { token: number; sampled: number; raw: number },
) {
  const kept = keptOf(row, kind);
  const mass = kept.reduce((sum, { p }) => sum + p, 0);
  const rank = kept.findIndex((each) => each.token === token);
  expect(rank, `token ${token} must be among the ${kept.length} kept`).toBeGreaterThanOrEqual(0);
  const below = kept.slice(0, rank).reduce((sum, { p }) => sum + p, 0) / mass;
  const { p } = kept[rank]!;
  // Float32 sums of thousands of numbers: the token's interval is known to about this much.
  expect(row.uniform).toBeGreaterThan(below - 2e-5);
  expect(row.uniform).toBeLessThan(below + p / mass + 2e-5);
  expect(Math.abs(sampled - Math.log(p / mass))).toBeLessThan(1e-4);
  expect(Math.abs(raw - Math.log(p))).toBeLessThan(1e-4);
}

const everything = { topK: V, topP: 1, minP: 0 };
const uniforms = [0, 1e-6, 0.1, 0.37, 0.5, 0.83, 0.99, 0.999_99, 1 - 2 ** -24];

// made of loops or of orders that save memory, which other devices refuse
describe.each(onCpu ? [true, false] : [false])(
  "choosing from a large vocabulary, where there are loops: %s",
  (loops) => {
    const choose = (kind: ChoiceKind, rows: readonly RowCase[]) => chooseWith(loops, kind, rows);

    it("takes the token in whose interval the uniform lies", async () => {
      const rows = uniforms.flatMap((uniform, u) =>
        [1, 6].map((spread) => ({ logits: logitsOf(spread, u + 10 * spread), uniform, ...everything })),
      );
      for (const [r, chosen] of (await choose("plain", rows)).entries()) check(rows[r]!, "plain", chosen);
    });

    const cuts: [string, number, Partial<RowCase>][] = [
      ["few tokens", 6, { topP: 0.9 }],
      ["more than the likeliest that are sorted", 1, { topP: 0.95 }],
      ["by rank", 1, { topK: 40 }],
      ["by a rank beyond what is sorted", 1, { topK: 3000 }],
      ["by rank, then by mass", 2, { topK: 500, topP: 0.8 }],
      ["by the share of the likeliest", 4, { minP: 0.01 }],
    ];
    it.each(fewer(cuts))("keeps what top-k, top-p and min-p allow: %s", async (_, spread, cut) => {
      const rows = uniforms.map((uniform, u) => ({ logits: logitsOf(spread, u), uniform, ...everything, ...cut }));
      for (const [r, chosen] of (await choose("cut", rows)).entries()) check(rows[r]!, "cut", chosen);
    });

    it("gives a row its token whatever rows are beside it", async () => {
      const narrow = uniforms.map((uniform, u) => ({ logits: logitsOf(6, u), uniform, ...everything, topP: 0.9 }));
      const wide = { logits: logitsOf(1, 5), uniform: 0.5, ...everything, topP: 0.95 };
      const alone = await choose("cut", narrow);
      const beside = await choose("cut", [wide, ...narrow]);
      expect(beside.slice(1)).toEqual(alone);
    });
  },
);
