/** Learning rates over steps. Pure numbers; a schedule never needs a new graph. */

/** Linear warm-up to `peak` over `warmup` steps, then half a cosine down to `floor` at `total`. Steps count from 1. */
export function warmupCosine(
  step: number,
  { peak, floor, warmup, total }: { peak: number; floor: number; warmup: number; total: number },
): number {
  if (step <= warmup) return (peak * step) / warmup;
  const progress = Math.min(1, (step - warmup) / Math.max(1, total - warmup));
  return floor + (peak - floor) * 0.5 * (1 + Math.cos(Math.PI * progress));
}

/** The same rate at every step, after a linear warm-up. */
export const constantRate = (step: number, { peak, warmup }: { peak: number; warmup: number }): number =>
  step < warmup ? (peak * step) / warmup : peak;
