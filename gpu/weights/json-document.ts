/** Strict JSON for files that come from outside: an object at the top, and no key twice in one object. */
import { CheckpointError } from "./checkpoint-error.ts";

/**
 * Parses `text` as a JSON object.
 * @param label names the document in errors, e.g. a path.
 * @throws CheckpointError `malformed` for anything but an object, and for a key that one object holds twice: readers
 *   disagree about which of the two counts, so the same file could mean two different things.
 */
export function parseJsonObject(text: string, label: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new CheckpointError("malformed", `${label} is not JSON: ${(cause as Error).message}`, { cause });
  }
  if (!isObject(value)) throw new CheckpointError("malformed", `${label} is not a JSON object`);
  const twice = duplicateKey(text);
  if (twice !== null) throw new CheckpointError("malformed", `${label} holds the key ${JSON.stringify(twice)} twice`);
  return value;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** First key that one object of `text` (valid JSON) holds twice, or null. */
function duplicateKey(text: string): string | null {
  /** Keys seen in each open object; null for an open array. */
  const open: (Set<string> | null)[] = [];
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === "{") open.push(new Set());
    else if (character === "[") open.push(null);
    else if (character === "}" || character === "]") open.pop();
    else if (character === '"') {
      const start = i;
      for (i++; text[i] !== '"'; i++) if (text[i] === "\\") i++;
      let next = i + 1;
      while (" \t\n\r".includes(text[next] ?? "x")) next++;
      if (text[next] !== ":") continue;
      const key = JSON.parse(text.slice(start, i + 1)) as string;
      const keys = open.at(-1);
      if (keys?.has(key)) return key;
      keys?.add(key);
    }
  }
  return null;
}
