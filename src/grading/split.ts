/** Cutting a text where no bracket is open. */

/** The parts between matches of `separator` (sticky) outside all brackets, with the separators that stood between them. */
export function splitTopLevel(
  text: string,
  separator: RegExp,
): { readonly parts: string[]; readonly separators: string[] } {
  const sticky = new RegExp(separator.source, "y");
  const parts: string[] = [];
  const separators: string[] = [];
  let start = 0;
  let depth = 0;
  for (let at = 0; at < text.length; ) {
    if (depth <= 0) {
      sticky.lastIndex = at;
      const match = sticky.exec(text);
      if (match && match[0].length > 0) {
        parts.push(text.slice(start, at).trim());
        separators.push(match[0].trim());
        at += match[0].length;
        start = at;
        continue;
      }
    }
    const step = bracketAt(text, at);
    depth += step.change;
    at += step.length;
  }
  parts.push(text.slice(start).trim());
  return { parts, separators };
}

/** Does the bracket that opens the text close it, and not earlier? The text between them; null if not. */
export function enclosed(text: string, open: string, close: string): string | null {
  if (!text.startsWith(open) || !text.endsWith(close) || text.length < open.length + close.length) return null;
  let depth = 0;
  for (let at = 0; at < text.length; ) {
    const { change, length } = bracketAt(text, at);
    depth += change;
    at += length;
    if (depth <= 0 && at < text.length) return null;
  }
  return depth === 0 ? text.slice(open.length, text.length - close.length).trim() : null;
}

function bracketAt(text: string, at: number): { change: number; length: number } {
  const char = text[at]!;
  if (char === "\\") {
    const command = /^\\(?:[a-zA-Z]+|.)/s.exec(text.slice(at, at + 24))?.[0] ?? "\\";
    const change =
      command === "\\{" || command === "\\langle" || command === "\\begin"
        ? 1
        : command === "\\}" || command === "\\rangle" || command === "\\end"
          ? -1
          : 0;
    return { change, length: command.length };
  }
  return { change: "([{".includes(char) ? 1 : ")]}".includes(char) ? -1 : 0, length: 1 };
}
