/** Work on long lists that lets requests be answered meanwhile: the HTTP process has one thread. */
import { setImmediate as nextTurn } from "node:timers/promises";

/** Milliseconds of work between two turns of the event loop. */
const PIECE_MS = 4;

/** `items.map(transform)`, in pieces. Items must not change while it runs. */
export async function mapInPieces<T, R>(items: readonly T[], transform: (item: T, index: number) => R): Promise<R[]> {
  const results: R[] = [];
  let deadline = performance.now() + PIECE_MS;
  for (const [index, item] of items.entries()) {
    results.push(transform(item, index));
    if (performance.now() < deadline) continue;
    await nextTurn();
    deadline = performance.now() + PIECE_MS;
  }
  return results;
}
