/** Lists, sets, tuples, intervals, unions and matrices: what is told by its brackets and separators. */
import { intersectionOf, intervalOf, REALS, unionOf, withoutPoints } from "./kinds/intervals.ts";
import { isWordy } from "./kinds/words.ts";
import { ROW } from "./notation-rules.ts";
import type { ReadPart } from "./read-answer.ts";
import { enclosed, splitTopLevel } from "./split.ts";
import type { Interval, Scalar, Value } from "./value.ts";
import { GradingError } from "./verdict.ts";

type ReadContainer = (text: string, read: ReadPart) => Value | null;

const CONTAINERS: readonly ReadContainer[] = [
  readMatrix,
  readConnected,
  readSet,
  readDifference,
  readUnion,
  readReals,
  readInterval,
  readTuple,
  readGroup,
];

export function readContainer(text: string, read: ReadPart): Value | null {
  for (const reader of CONTAINERS) {
    const value = reader(text, read);
    if (value !== null) return value;
  }
  return null;
}

const MATRIX =
  /^([^,;&=]{0,60}?)\s*\\begin\s*\{(?:[pbB]?matrix|smallmatrix|array)\}(?:\s*\{[^{}]*\})?(.*)\\end\s*\{(?:[pbB]?matrix|smallmatrix|array)\}(\^\{?(?:T|\\top)\}?)?$/s;

function readMatrix(text: string, read: ReadPart): Value | null {
  const bare = enclosed(text, "(", ")") ?? enclosed(text, "[", "]") ?? text;
  const nested = nestedRows(text);
  if (nested !== null) return { kind: "matrix", rows: nested.map((row) => row.map(read)) };
  const match = MATRIX.exec(bare);
  if (!match) return null;
  const factor = match[1]!.replace(/\\(?:cdot|times)\s*$/, "").trim();
  const rows = match[2]!
    .split(ROW)
    .map((row) => row.trim())
    .filter((row) => row !== "" && row !== "\\hline")
    .map((row) => row.split("&").map((entry) => read(scaled(factor, entry))));
  if (rows.length === 0 || rows.some((row) => row.length !== rows[0]!.length)) {
    throw new GradingError("unparsable", "a matrix whose rows differ in length");
  }
  const transposed = rows[0]!.map((_, column) => rows.map((row) => row[column]!));
  return { kind: "matrix", rows: match[3] === undefined ? rows : transposed };
}

/** A number before a matrix is a factor of each entry. */
const scaled = (factor: string, entry: string): string =>
  factor === "" ? entry : `(${factor === "-" ? "-1" : factor})\\cdot(${entry})`;

/** `[[1, 2], [3, 4]]`; null for what is no such thing. */
function nestedRows(text: string): readonly (readonly string[])[] | null {
  if (!/^\[\s*\[/.test(text)) return null;
  const rows = listed(enclosed(text, "[", "]") ?? "").map((row) => enclosed(row, "[", "]"));
  if (rows.some((row) => row === null)) return null;
  const entries = rows.map((row) => listed(row!));
  return entries.length > 0 && entries.every((row) => row.length === entries[0]!.length) ? entries : null;
}

const CONNECTIVE =
  /\s*(?:,\s*(?:and|or)\b|[,;]|\\(?:land|lor|wedge|vee)(?![a-zA-Z])|(?<![a-zA-Z\\])(?:and|or)(?![a-zA-Z]))\s*/;
/** Numbers with commas between groups of three digits. */
const GROUPED = /(?<![\d.,])(\d{1,3}(?:,\d{3})+)(?!\d|,\d)/g;
const ungrouped = (digits: string) => digits.replaceAll(",", "");

/** Takes the commas that group digits out; those between brackets may part elements, and stay. */
function withoutGroups(text: string): string {
  let depth = 0;
  let at = 0;
  return text.replace(GROUPED, (digits, _group, place: number) => {
    for (; at < place; at++) depth += "([{".includes(text[at]!) ? 1 : ")]}".includes(text[at]!) ? -1 : 0;
    return depth === 0 ? ungrouped(digits) : digits;
  });
}

/** `2, 3`, `x = 1 or x = 2`, `x > 1 and x < 3`. */
function readConnected(text: string, read: ReadPart): Value | null {
  const { parts, separators } = splitTopLevel(withoutGroups(text), CONNECTIVE);
  if (parts.length < 2) return parts[0] === text ? null : read(parts[0]!);
  const items = parts.filter((part) => part !== "").map(read);
  if (items.length === 1) return items[0]!;
  const either = separators.some((separator) => /or|vee/.test(separator));
  const areas = items.map(asArea);
  if (areas.every((area) => area !== null) && items.some(({ kind }) => kind === "intervals") && sameVariable(items)) {
    const [first, ...rest] = areas;
    const parts_ = either ? unionOf(areas.flat()) : rest.reduce<readonly Interval[]>(intersectionOf, first!);
    return { kind: "intervals", parts: parts_, variable: variableOf(items) };
  }
  if (!either && items.every((item) => item.kind === "inequality")) {
    return { kind: "inequality", constraints: items.flatMap(({ constraints }) => constraints) };
  }
  return {
    kind: "list",
    items: items.flatMap((item) => (item.kind === "list" && !item.braces ? item.items : [item])),
    braces: false,
  };
}

/** As a set of reals; only what was an inequality is combined, (1, 2), (3, 4) are two points. */
const asArea = (value: Value): readonly Interval[] | null =>
  value.kind === "intervals" && value.variable !== null ? value.parts : null;
const variableOf = (items: readonly Value[]): string | null =>
  items.flatMap((item) => (item.kind === "intervals" && item.variable !== null ? [item.variable] : []))[0] ?? null;
const sameVariable = (items: readonly Value[]): boolean =>
  items.every((item) => item.kind === "intervals" && item.variable === variableOf(items));

function readSet(text: string, read: ReadPart): Value | null {
  const inner = enclosed(text, "\\{", "\\}") ?? plainBraces(text);
  if (inner === null) return /^\\emptyset\s*$/.test(text) ? { kind: "list", items: [], braces: true } : null;
  const { parts } = splitTopLevel(inner, /\s*(?:\||:)\s*/);
  if (parts.length === 2 && /^\(?[a-zA-Z]/.test(parts[0]!)) {
    const condition = read(parts[1]!);
    return condition;
  }
  return { kind: "list", items: listed(inner).map(read), braces: true };
}

/** `{1, 2}` where somebody forgot that braces need a backslash; of one element it is a group. */
function plainBraces(text: string): string | null {
  const inner = enclosed(text, "{", "}");
  return inner?.includes(",") ? inner : null;
}

/** Elements between commas; digits are grouped by commas only where the list itself puts a space behind each. */
function listed(inner: string): string[] {
  const spaced = /,\s/.test(inner) ? inner.replace(GROUPED, ungrouped) : inner;
  return splitTopLevel(spaced, /\s*(?:,\s*(?:and|or)\b|[,;]|(?<![a-zA-Z\\])(?:and|or)(?![a-zA-Z]))\s*/).parts.filter(
    (part) => part !== "",
  );
}

/** `\mathbb{R} \setminus \{0\}`, `\mathbb{R} - \{1, 2\}`. */
function readDifference(text: string, read: ReadPart): Value | null {
  const { parts } = splitTopLevel(
    text,
    /\s*(?:\\setminus(?![a-zA-Z])|-(?=\s*\\\{)|(?<![a-zA-Z\\])except(?![a-zA-Z]))\s*/,
  );
  if (parts.length !== 2) return null;
  const [from, points] = [areaOf(read(parts[0]!)), read(parts[1]!)];
  if (!from) return null;
  const removed = points.kind === "list" ? points.items : [points];
  const scalars = removed.flatMap((each) =>
    each.kind === "scalar" ? [each] : each.kind === "equation" && each.value?.kind === "scalar" ? [each.value] : [],
  );
  if (scalars.length !== removed.length) return null;
  return { kind: "intervals", parts: withoutPoints(from, scalars), variable: null };
}

function readUnion(text: string, read: ReadPart): Value | null {
  const { parts, separators } = splitTopLevel(text, /\s*(?:\\cup|\\cap|(?<=[\])])\s*U(?=\s*[[(]))(?![a-zA-Z])\s*/);
  if (parts.length < 2) return null;
  const values = parts.map(read);
  if (values.every((value) => value.kind === "list") && separators.every((each) => each !== "\\cap")) {
    return { kind: "list", items: values.flatMap(({ items }) => items), braces: true };
  }
  const areas = values.map(areaOf);
  if (areas.some((area) => area === null)) throw new GradingError("unparsable", "a union of what are no intervals");
  const [first, ...rest] = areas as readonly (readonly Interval[])[];
  const joined = rest.reduce(
    (left, right, index) => (separators[index] === "\\cap" ? intersectionOf(left, right) : unionOf(left.concat(right))),
    first!,
  );
  return { kind: "intervals", parts: joined, variable: null };
}

/** What stands in a union: an interval in any notation, or single points. */
function areaOf(value: Value): readonly Interval[] | null {
  if (value.kind === "intervals") return value.parts;
  if (value.kind === "words" && value.text === "all real numbers") return REALS;
  if (value.kind === "tuple" && value.items.length === 2) {
    const [low, high] = value.items as readonly Scalar[];
    if (low!.kind !== "scalar" || high!.kind !== "scalar") return null;
    const interval = intervalOf(low!, high!, value.open === "[", value.open === "[");
    return interval ? [interval] : null;
  }
  if (value.kind === "list" && value.items.every((item): item is Scalar => item.kind === "scalar")) {
    return unionOf(value.items.flatMap((point) => intervalOf(point, point, true, true) ?? []));
  }
  return null;
}

function readReals(text: string): Value | null {
  const sign = /^\\mathbb\{R\}\s*(?:\^\{?([+-])\}?)?$/.exec(text);
  if (!sign) return null;
  if (sign[1] === undefined) return { kind: "intervals", parts: REALS, variable: null };
  throw new GradingError("unparsable", "a half line of the reals, with or without zero");
}

/** Brackets that do not match each other, or that reach to infinity: only an interval has those. */
function readInterval(text: string, read: ReadPart): Value | null {
  const match = /^([([])(.*)([)\]])$/s.exec(text);
  if (!match) return null;
  const { parts } = splitTopLevel(match[2]!, /\s*[,;]\s*/);
  if (parts.length !== 2) return null;
  const mixed = (match[1] === "(") !== (match[3] === ")");
  if (!mixed && !parts.some((part) => /^[+-]?\s*\\infty\s*$/.test(part))) return null;
  const [low, high] = parts.map(read);
  if (low?.kind !== "scalar" || high?.kind !== "scalar") return null;
  const interval = intervalOf(low, high, match[1] === "[", match[3] === "]");
  if (!interval) throw new GradingError("unparsable", "an interval without real ends, or with nothing between them");
  return { kind: "intervals", parts: [interval], variable: null };
}

function readTuple(text: string, read: ReadPart): Value | null {
  // P(1, 2) is the point, P its name.
  const round = enclosed(text.replace(/^[A-Z]\s*(?=\()/, ""), "(", ")");
  const square = enclosed(text, "[", "]");
  const angle =
    enclosed(text, "\\langle", "\\rangle") ??
    (/,/.test(text) ? enclosed(text.replace(/^<(.*)>$/s, "\\langle $1\\rangle"), "\\langle", "\\rangle") : null);
  const inner = round ?? square ?? angle;
  if (inner === null) return null;
  const parts = listed(inner);
  if (parts.length < 2) return null;
  return { kind: "tuple", open: round !== null ? "(" : square !== null ? "[" : "<", items: parts.map(read) };
}

/** `(5)` is 5, `[5]` too. */
function readGroup(text: string, read: ReadPart): Value | null {
  const inner = enclosed(text, "(", ")") ?? enclosed(text, "[", "]") ?? enclosed(text, "{", "}");
  return inner === null || inner === "" || isWordy(inner) ? null : read(inner);
}
