/**
 * Which weights the engine holds. Weights are named by digest; whoever needs some says so, and they are read from
 * their checkpoint's folder where the engine does not have them (another run's turn, a restart after a crash).
 */
import { join } from "node:path";
import type { Curriculum } from "../curriculum/curriculum.ts";
import { type Policy, PolicyError, type WeightsDigest } from "../policy/policy.ts";
import { requireWeights } from "./checkpoint-store.ts";

/** Weights kept beside the base and those in use; more are released, the longest unused first. */
const SPARE = 3;

export class LoadedWeights {
  readonly #curriculum: Pick<Curriculum, "checkpoints">;
  readonly #dataDirectory: string;
  /** What was loaded or adopted here, the longest unused first. */
  readonly #recent = new Set<WeightsDigest>();
  readonly #held = new Map<WeightsDigest, number>();

  constructor(curriculum: Pick<Curriculum, "checkpoints">, dataDirectory: string) {
    this.#curriculum = curriculum;
    this.#dataDirectory = dataDirectory;
  }

  /** Resolves once the policy has them. Throws PolicyError `engine-crashed` where no checkpoint holds them, ServiceError `pruned` where one did. */
  async ensure(policy: Policy, weights: WeightsDigest): Promise<void> {
    if (!(await policy.has(weights))) {
      await this.#load(policy, weights);
      await this.adopt(policy, weights);
    } else if (this.#recent.delete(weights)) this.#recent.add(weights);
  }

  /** Weights that a checkpoint holds by now: from here on they are released when others are needed more. */
  async adopt(policy: Policy, weights: WeightsDigest): Promise<void> {
    if (weights === policy.model.baseWeights) return;
    this.#recent.delete(weights);
    this.#recent.add(weights);
    const unused = [...this.#recent].filter((digest) => !this.#held.has(digest) && digest !== weights);
    for (const digest of unused.slice(0, Math.max(0, unused.length - SPARE))) {
      this.#recent.delete(digest);
      await policy.release(digest);
    }
  }

  /** Keeps them from being released until the returned function is called. */
  hold(weights: WeightsDigest): () => void {
    this.#held.set(weights, (this.#held.get(weights) ?? 0) + 1);
    let released = false;
    return () => {
      if (released) return;
      released = true;
      const left = this.#held.get(weights)! - 1;
      if (left === 0) this.#held.delete(weights);
      else this.#held.set(weights, left);
    };
  }

  async #load(policy: Policy, weights: WeightsDigest): Promise<void> {
    // Base weights have no folder of their own here: the engine has its model's, and others' are no use to it.
    const stored = this.#curriculum.checkpoints.byDigest(weights).filter(({ directory }) => directory !== "");
    const checkpoint = stored.find(({ prunedAt }) => prunedAt === null) ?? stored[0];
    if (checkpoint === undefined) {
      throw new PolicyError("engine-crashed", `the engine lost weights ${weights}, and no checkpoint holds them`);
    }
    requireWeights(checkpoint);
    const loaded = await policy.load(join(this.#dataDirectory, checkpoint.directory));
    if (loaded !== weights) {
      throw new PolicyError("invalid-checkpoint", `checkpoint ${checkpoint.id} holds ${loaded} instead of ${weights}`);
    }
  }
}
