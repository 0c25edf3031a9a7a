/** Functions of whole numbers, continued to the reals where identities between them should hold there too. */

const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
] as const;

/** Lanczos' approximation (g = 7, 9 terms), exact to about 1e-14. NaN at the poles. */
export function gamma(x: number): number {
  if (Number.isInteger(x)) {
    if (x <= 0 || x > 171) return x <= 0 ? Number.NaN : Number.POSITIVE_INFINITY;
    let product = 1;
    for (let k = 2; k < x; k++) product *= k;
    return product;
  }
  if (x < 0.5) return Math.PI / (Math.sin(Math.PI * x) * gamma(1 - x));
  let sum: number = LANCZOS[0];
  for (let k = 1; k < LANCZOS.length; k++) sum += LANCZOS[k]! / (x - 1 + k);
  const t = x + 6.5;
  return Math.sqrt(2 * Math.PI) * t ** (x - 0.5) * Math.exp(-t) * sum;
}

export const factorial = (n: number): number => gamma(n + 1);

/** n! / (k! (n - k)!), for whole k as a product. */
export function binomial(n: number, k: number): number {
  if (Number.isInteger(k) && k >= 0 && k <= 2000) {
    if (Number.isInteger(n) && n >= 0 && k > n) return 0;
    const few = Number.isInteger(n) && n >= 0 ? Math.min(k, n - k) : k;
    let product = 1;
    for (let i = 1; i <= few; i++) product = (product * (n - few + i)) / i;
    return product;
  }
  return factorial(n) / (factorial(k) * factorial(n - k));
}

/** NaN for anything but safe integers. */
export function greatestCommonDivisor(a: number, b: number): number {
  if (!Number.isSafeInteger(a) || !Number.isSafeInteger(b)) return Number.NaN;
  let [x, y] = [Math.abs(a), Math.abs(b)];
  while (y !== 0) [x, y] = [y, x % y];
  return x;
}
