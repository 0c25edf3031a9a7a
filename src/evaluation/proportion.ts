/**
 * A share of independent items with its 95 % interval (Wilson 1927), z = 1.96:
 *
 *   (p + z^2 / 2n +- z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n)
 */
import type { Proportion } from "../records/records.ts";

const Z = 1.959963984540054;

/** null of no items. */
export function proportion(successes: number, items: number): Proportion | null {
  if (items === 0) return null;
  const share = successes / items;
  const spread = Z * Math.sqrt((share * (1 - share)) / items + Z ** 2 / (4 * items ** 2));
  const centre = share + Z ** 2 / (2 * items);
  const scale = 1 + Z ** 2 / items;
  // Rounding may push an end a hair past the share itself at 0 and 1.
  return {
    value: share,
    low: Math.min(share, Math.max(0, (centre - spread) / scale)),
    high: Math.max(share, Math.min(1, (centre + spread) / scale)),
    items,
  };
}
