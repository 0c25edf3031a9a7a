/**
 * One way to write things: Unicode, plain text and LaTeX of the same notation become the same LaTeX, and what only
 * arranges the page disappears. None of this looks at meaning.
 */
import { DOLLAR, LAYOUT, PLAIN, type Rule, UNICODE } from "./notation-rules.ts";

/** In LaTeX; idempotent enough to be applied to parts again. Takes time linear in the text, which the caller bounds. */
export function normalizeNotation(answer: string): string {
  let text = apply(UNICODE, answer);
  text = apply(LAYOUT, text);
  text = withoutMathDelimiters(text);
  text = unwrapText(text);
  text = apply(PLAIN, text);
  text = bracketArguments(text);
  text = text
    .replace(/\s+/g, " ")
    .trim()
    .replace(/^[:=]\s+/, "")
    .replace(LEAD, "");
  return stripOuterBraces(text.replace(/(?<![.])[.;,]\s*$/, "").trim());
}

/** A caption before a number, `Cost: 5`; and "about", which says nothing that can be checked. */
const LEAD =
  /^(?:(?:the )?answer\s*:\s*|[A-Za-z][A-Za-z' ]{2,30}:\s+(?=[-+\d\\{(\uE000][^:]*$))?(?:(?:about|approximately|approx\.?|around|roughly|\\sim)\s*(?=[-+\d\\\uE000]))?/i;

function apply(rules: readonly Rule[], text: string): string {
  let result = text;
  for (const [pattern, replacement] of rules) result = result.replace(pattern, replacement as string);
  return result;
}

/** `$x$` quotes mathematics; a lone `$` before a number is money. */
function withoutMathDelimiters(text: string): string {
  const signs = text.match(/\$+/g)?.length ?? 0;
  if (signs % 2 === 1) return text.replace(/\$\s*(?=[\d.])/, DOLLAR).replaceAll("$", "");
  return text.replaceAll("$", " ");
}

const TEXT_COMMAND =
  /\\(?:text|textrm|textbf|textit|textsf|mbox|hbox|mathrm|mathsf|mathbf|boldsymbol|bm|operatorname|mathcal|mathit)\s*\{/;

/** `\text{ cm}` -> ` cm `. */
function unwrapText(text: string): string {
  let result = text;
  for (let guard = 0; guard < 200; guard++) {
    const match = TEXT_COMMAND.exec(result);
    if (!match) break;
    const start = match.index + match[0].length;
    const end = closingBrace(result, start);
    const inner = result.slice(start, end);
    const kept = match[0].startsWith("\\mathb") || match[0].startsWith("\\b") ? inner : ` ${inner} `;
    result = `${result.slice(0, match.index)}${kept}${result.slice(end + 1)}`;
  }
  return result;
}

/** Index of the brace that closes the one before `start`; the end of the text where none does. */
function closingBrace(text: string, start: number, open = "{", close = "}"): number {
  let depth = 1;
  for (let at = start; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === open) depth++;
    else if (text[at] === close && --depth === 0) return at;
  }
  return text.length;
}

/** `\sqrt(x + 1)` and `x^(1/2)` with braces; `abs(x)` with bars. */
function bracketArguments(text: string): string {
  let result = text;
  const opening = /(\\sqrt(?:\[[^\][]*\])?|\^|_)\s*\(/g;
  for (let guard = 0; guard < 200; guard++) {
    opening.lastIndex = 0;
    const match = opening.exec(result);
    if (!match) break;
    const start = match.index + match[0].length;
    const end = closingBrace(result, start, "(", ")");
    result = `${result.slice(0, match.index)}${match[1]}{${result.slice(start, end)}}${result.slice(end + 1)}`;
  }
  return result.replace(/(?<![\\a-zA-Z])abs\(([^()]*)\)/g, "|$1|");
}

function stripOuterBraces(text: string): string {
  let result = text;
  while (result.startsWith("{") && closingBrace(result, 1) === result.length - 1) result = result.slice(1, -1).trim();
  return result;
}
