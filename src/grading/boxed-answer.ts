/** The final answer of a completion: the contents of its last `\boxed{...}`. */

const BOX = "\\boxed{";

/**
 * What stands in the last `\boxed{`, braces balanced; null where there is no box or the last one never closes (a
 * truncated completion has no answer, even if an earlier box closed). `\{` and `\}` are text. Never throws.
 */
export function extractBoxed(text: string): string | null {
  const start = text.lastIndexOf(BOX);
  if (start < 0) return null;
  let depth = 1;
  for (let at = start + BOX.length; at < text.length; at++) {
    const char = text[at];
    if (char === "\\") at++;
    else if (char === "{") depth++;
    else if (char === "}" && --depth === 0) return text.slice(start + BOX.length, at);
  }
  return null;
}
