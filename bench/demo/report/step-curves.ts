/** How training went: rewards, their parts and the optimiser's vital signs, step by step over all iterations. */
import type { IterationData } from "../report-data.ts";
import type { WireStep } from "../wire.ts";
import { ACCENT, MUTED, type Plot, seriesColour } from "./plot.ts";

type Role = WireStep["role"];

interface Position {
  readonly step: WireStep;
  /** 1, 2, ... over all iterations of the role. */
  readonly at: number;
  readonly iteration: number;
}

function stepsOf(iterations: readonly IterationData[], role: Role): readonly Position[] {
  return iterations
    .flatMap(({ iteration, steps }) =>
      steps
        .filter((step) => step.role === role && step.skipped !== "no-questions-kept")
        .sort((a, b) => a.number - b.number)
        .map((step) => ({ step, iteration: iteration.number })),
    )
    .map((position, index) => ({ ...position, at: index + 1 }));
}

const stepAxis = (last: number) =>
  ({
    field: "at",
    type: "quantitative",
    title: "step",
    axis: { grid: false, tickMinStep: 1, format: "d" },
    scale: { domain: [0.5, last + 0.5], nice: false, zero: false },
  }) as const;

const valueAxis = {
  field: "value",
  type: "quantitative",
  title: null,
  axis: { tickCount: 5 },
  scale: { zero: false },
} as const;

/** A rule before the first step of each iteration but the first. */
function boundaries(positions: readonly Position[]) {
  const starts = positions.filter(({ iteration }, index) => index > 0 && positions[index - 1]!.iteration !== iteration);
  return {
    data: { values: starts.map(({ at }) => ({ at: at - 0.5 })) },
    mark: { type: "rule", color: MUTED, strokeDash: [3, 3] },
    encoding: { x: { field: "at", type: "quantitative" } },
  };
}

interface Point {
  readonly at: number;
  readonly series: string;
  readonly value: number;
}

function curves(positions: readonly Position[], points: readonly Point[], names: readonly string[]) {
  const x = stepAxis(Math.max(1, ...points.map(({ at }) => at)));
  return {
    layer: [
      boundaries(positions),
      {
        data: { values: points },
        mark: { type: "line", point: { size: 18 } },
        encoding: { x, y: valueAxis, color: names.length > 1 ? seriesColour(names) : { value: ACCENT } },
      },
    ],
  };
}

const TITLES = { challenger: "Challenger", solver: "Solver" } as const satisfies Record<Role, string>;

export function rewardCurves(iterations: readonly IterationData[]): readonly Plot[] {
  return (["challenger", "solver"] as const).flatMap((role): Plot[] => {
    const positions = stepsOf(iterations, role);
    if (positions.length === 0) return [];
    const points = positions.map(({ at, step }) => ({ at, series: role, value: step.metrics.reward }));
    return [
      {
        title: `${TITLES[role]}: reward`,
        caption:
          role === "challenger"
            ? "Mean reward of a step's proposals; dashed lines are where an iteration ends."
            : "Share of a step's answers that agree with the pseudo-label, which is not accuracy.",
        spec: curves(positions, points, [role]),
      },
    ];
  });
}

/** Counted, not paid, and on a scale of its own. */
const NO_REWARD = ["clusterSize"];

export function rewardParts(iterations: readonly IterationData[]): readonly Plot[] {
  return (["challenger", "solver"] as const).flatMap((role): Plot[] => {
    const positions = stepsOf(iterations, role);
    const points = positions.flatMap(({ at, step }) =>
      Object.entries(step.metrics.rewardParts)
        .filter(([series]) => !NO_REWARD.includes(series))
        .map(([series, value]) => ({ at, series, value })),
    );
    const names = [...new Set(points.map(({ series }) => series))];
    if (points.length === 0) return [];
    return [
      {
        title: `${TITLES[role]}: parts of the reward`,
        caption: "Mean of each part over a step's rollouts.",
        spec: curves(positions, points, names),
      },
    ];
  });
}

const VITAL_SIGNS = {
  entropy: ["Entropy", "Of the policy, per token, in nats. A fall to zero means that it says only one thing."],
  kl: ["KL to the reference", "Estimated distance from the weights the phase started from."],
  gradNorm: ["Gradient norm", "Before clipping."],
  clipFraction: ["Clipped", "Share of tokens whose ratio was clipped."],
  constantGroups: ["Groups without a signal", "Groups of which every rollout earned the same: nothing to learn from."],
} as const satisfies Partial<Record<keyof WireStep["metrics"], readonly [string, string]>>;

export function vitalSigns(iterations: readonly IterationData[]): readonly Plot[] {
  const roles = (["challenger", "solver"] as const).map((role) => ({ role, positions: stepsOf(iterations, role) }));
  return (Object.keys(VITAL_SIGNS) as (keyof typeof VITAL_SIGNS)[]).flatMap((sign): Plot[] => {
    const points = roles.flatMap(({ role, positions }) =>
      positions.flatMap(({ at, step }) => {
        const value = step.metrics[sign];
        return value === null || step.skipped !== null ? [] : [{ at, series: role, value }];
      }),
    );
    // A sign that never showed, such as clipping on-policy, is no news.
    if (points.every(({ value }) => value === 0)) return [];
    const names = roles.filter(({ positions }) => positions.length > 0).map(({ role }) => role);
    const [title, caption] = VITAL_SIGNS[sign];
    return [{ title, caption, height: 130, spec: curves([], points, names) }];
  });
}
