import { expect, it } from "vitest";
import { GraphBuilder } from "../../../gpu/graph/builder.ts";
import { softmax } from "../../../gpu/graph/ops/reduction.ts";
import { entropies } from "../../../gpu/losses/entropies.ts";
import { pseudoRandom } from "../../support/pseudo-random.ts";
import { runGraph } from "../../support/run-graph.ts";

it("is -sum p log p, also where probabilities underflow and where logits are large", async () => {
  const [M, V] = [4, 50];
  const scales = [0, 3, 300, 1];
  const offsets = [0, 0, 0, 5000];
  const logits = pseudoRandom(M * V).map((x, i) => x * scales[Math.floor(i / V)]! + offsets[Math.floor(i / V)]!);
  const builder = new GraphBuilder("entropies");
  const l = builder.float(logits, [M, V]);
  builder.output("y", entropies(l, softmax(l)));
  const { y } = await runGraph(builder, {});
  for (let m = 0; m < M; m++) {
    const row = [...logits.slice(m * V, (m + 1) * V)];
    const top = Math.max(...row);
    const weights = row.map((x) => Math.exp(x - top));
    const total = weights.reduce((a, b) => a + b, 0);
    const exact = -weights.map((w) => w / total).reduce((sum, p) => sum + (p > 0 ? p * Math.log(p) : 0), 0);
    // log Z and the mean logit cancel: float32 leaves 1e-7 of their size
    expect(Math.abs((y!.data[m] as number) - exact), `row ${m}`).toBeLessThan(1e-6 * Math.max(10, Math.abs(top)));
  }
});
