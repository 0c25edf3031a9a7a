/** The value at or below which a share q of the values lies (nearest rank); NaN for none. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN;
}

/** The mean of the middle two for an even number of values. */
export function median(values: readonly number[]): number {
  const reversed = values.map((x) => -x);
  return (quantile(values, 0.5) - quantile(reversed, 0.5)) / 2;
}
