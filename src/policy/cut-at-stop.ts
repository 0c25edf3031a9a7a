/** Stop strings are a matter of text: a completion is cut where the first of them begins. */

/**
 * @param text what `tokenIds` decode to, without a final stop token
 * @returns the text before the earliest stop string and the fewest tokens that contain it; null if none occurs
 */
export function cutAtStop(
  text: string,
  tokenIds: readonly number[],
  stop: readonly string[],
  decode: (tokenIds: readonly number[]) => string,
): { readonly text: string; readonly tokenIds: readonly number[] } | null {
  const found = stop.flatMap((s) => {
    const at = s === "" ? -1 : text.indexOf(s);
    return at < 0 ? [] : [{ at, end: at + s.length }];
  });
  if (found.length === 0) return null;
  const first = found.reduce((a, b) => (b.at < a.at || (b.at === a.at && b.end < a.end) ? b : a));
  let count = 1;
  while (count < tokenIds.length && decode(tokenIds.slice(0, count)).length < first.end) count++;
  return { text: text.slice(0, first.at), tokenIds: tokenIds.slice(0, count) };
}
