/** Stop strings in a text that is still being written. */

export interface StopScan {
  /** Characters that no stop string can claim any more: they may be shown. */
  readonly certain: number;
  /** A stop string begins there: nothing from there on belongs to the text. */
  readonly met: boolean;
}

/**
 * As `cutAtStop` will find once the text is complete: the stop string that begins first counts. So what might be the
 * beginning of one is held back, and one that is complete waits for another that began before it.
 */
export function scanForStops(text: string, stop: readonly string[]): StopScan {
  const found = Math.min(...stop.map((s) => (s === "" ? -1 : text.indexOf(s))).filter((at) => at >= 0));
  let begun = text.length;
  for (let at = 0; at < Math.min(found, text.length) && begun === text.length; at++)
    if (stop.some((s) => s.length > text.length - at && s.startsWith(text.slice(at)))) begun = at;
  return { certain: Math.min(found, begun), met: found <= begun && found < text.length };
}
