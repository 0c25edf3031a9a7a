/**
 * Agglomerative clustering with average linkage, cut at a distance:
 *
 *   d(A, B) = mean over a in A, b in B of d(a, b);   merge the closest clusters while d < threshold
 *
 * by the nearest-neighbour chain (Murtagh 1983; Muellner 2011): average linkage is reducible, so merging mutual nearest
 * neighbours in any order gives the same tree, in O(n^2) time. Merges at exactly the threshold are not made, and ties go
 * to the lowest index and to the previous link of the chain: the conventions of SciPy and scikit-learn, so that the
 * clusters agree also where distances tie.
 */
import { condensedIndex } from "./bleu.ts";

/**
 * Cluster number of each of the `n` items, [n], numbered by first appearance. `distances` is condensed,
 * [n (n - 1) / 2], and is overwritten.
 */
export function averageLinkageClusters(n: number, distances: Float64Array, threshold: number): Int32Array {
  if (distances.length !== (n * (n - 1)) / 2) {
    throw new RangeError(`${n} items need ${(n * (n - 1)) / 2} distances, got ${distances.length}`);
  }
  const sizes = new Int32Array(n).fill(1);
  const parents = Int32Array.from({ length: n }, (_, item) => item);
  const chain = new Int32Array(n);
  let length = 0;
  for (let merges = 0; merges < n - 1; merges++) {
    if (length === 0) {
      chain[0] = sizes.findIndex((size) => size > 0);
      length = 1;
    }
    let pair = nearest(chain, length, sizes, distances);
    while (length < 2 || pair.neighbour !== chain[length - 2]) {
      chain[length++] = pair.neighbour;
      pair = nearest(chain, length, sizes, distances);
    }
    const dropped = Math.min(chain[length - 1]!, pair.neighbour);
    const grown = Math.max(chain[length - 1]!, pair.neighbour);
    length -= 2;
    // A cluster lives on under its larger index, so that a drop below the threshold can be recorded as a parent link.
    if (pair.distance < threshold) parents[dropped] = grown;
    merge(dropped, grown, sizes, distances);
  }
  return numberClusters(parents);
}

/** The nearest neighbour of the chain's last cluster; the previous link wins ties, then the lowest index. */
function nearest(
  chain: Int32Array,
  length: number,
  sizes: Int32Array,
  distances: Float64Array,
): { neighbour: number; distance: number } {
  const n = sizes.length;
  const last = chain[length - 1]!;
  let neighbour = length > 1 ? chain[length - 2]! : -1;
  let best = length > 1 ? distances[condensedIndex(n, last, neighbour)]! : Number.POSITIVE_INFINITY;
  for (let other = 0; other < n; other++) {
    if (sizes[other] === 0 || other === last) continue;
    const distance = distances[condensedIndex(n, last, other)]!;
    if (distance < best) {
      best = distance;
      neighbour = other;
    }
  }
  return { neighbour, distance: best };
}

/** d(A u B, C) = (|A| d(A, C) + |B| d(B, C)) / (|A| + |B|), written over B. */
function merge(dropped: number, grown: number, sizes: Int32Array, distances: Float64Array): void {
  const n = sizes.length;
  const a = sizes[dropped]!;
  const b = sizes[grown]!;
  sizes[dropped] = 0;
  sizes[grown] = a + b;
  for (let other = 0; other < n; other++) {
    if (sizes[other] === 0 || other === grown) continue;
    const at = condensedIndex(n, other, grown);
    distances[at] = (a * distances[condensedIndex(n, other, dropped)]! + b * distances[at]!) / (a + b);
  }
}

/** Follows parent links (always to a larger index) to the roots and numbers them by first appearance. */
function numberClusters(parents: Int32Array): Int32Array {
  const roots = parents.slice();
  for (let item = roots.length - 1; item >= 0; item--) roots[item] = roots[roots[item]!]!;
  const numbers = new Map<number, number>();
  return roots.map((root) => {
    const known = numbers.get(root) ?? numbers.size;
    numbers.set(root, known);
    return known;
  });
}
