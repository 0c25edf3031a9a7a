/** The trainer of a role: over all weights, or over an adapter of its own. */
import type { NewAdapter, Policy, Trainer, WeightsDigest } from "../policy/policy.ts";
import type { Role, Run } from "../records/records.ts";
import type { GrpoSettings, LoraTargets } from "../rzero/run-config.ts";
import { deriveSeed } from "../rzero/seeds.ts";

const attention = ["q_proj", "k_proj", "v_proj", "o_proj"] as const;
const mlp = ["gate_proj", "up_proj", "down_proj"] as const;

const projections = { attention, mlp, "all-linear": [...attention, ...mlp] } as const satisfies Record<
  LoraTargets,
  readonly string[]
>;

/** Continues from `weights`; a role that trains an adapter and still stands on the base begins a new one. */
export function openRoleTrainer(policy: Policy, run: Run, role: Role, weights: WeightsDigest): Promise<Trainer> {
  const begins = run.config[role].tuning === "lora" && weights === policy.model.baseWeights;
  return begins ? policy.openTrainer(weights, newAdapter(run, role)) : policy.openTrainer(weights);
}

/** What the KL term compares with; base weights are always at hand. */
export function klReference(policy: Policy, { klAnchor }: GrpoSettings, phaseStart: WeightsDigest): WeightsDigest {
  return klAnchor === "base" ? policy.model.baseWeights : phaseStart;
}

function newAdapter(run: Run, role: Role): NewAdapter {
  const { rank, alpha, targets } = run.config[role].lora;
  const seed = deriveSeed({ run: run.seed, iteration: 0, phase: `${role}-adapter`, step: 0, prompt: 0, sample: 0 });
  return { rank, alpha, targets: projections[targets], seed };
}
