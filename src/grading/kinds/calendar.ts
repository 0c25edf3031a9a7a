/** Times of day and dates. */
import type { Value } from "../value.ts";

const MONTHS = "january february march april may june july august september october november december".split(" ");

/** `3:30 PM`, `15:30`, `3:30 p.m.`, `noon`, `5 o'clock`. A time without a.m., p.m. or an hour past 12 leaves that open. */
export function readTime(text: string): Value | null {
  const plain = text.toLowerCase().replace(/\s+/g, " ").trim();
  if (plain === "noon" || plain === "midnight") {
    return { kind: "time", minutes: plain === "noon" ? 720 : 0, half: plain === "noon" ? "pm" : "am" };
  }
  const match = /^(\d{1,2})(?:\s*:\s*(\d{2})(?::\d{2})?)?\s*(a\.? ?m\.?|p\.? ?m\.?|o'?clock)?$/.exec(plain);
  if (!match || (match[2] === undefined && match[3] === undefined)) return null;
  const hour = Number(match[1]);
  const minute = Number(match[2] ?? 0);
  if (hour > 24 || minute > 59) return null;
  const half = match[3]?.startsWith("a") ? "am" : match[3]?.startsWith("p") ? "pm" : null;
  if (half !== null)
    return hour > 12 ? null : { kind: "time", minutes: ((hour % 12) + (half === "pm" ? 12 : 0)) * 60 + minute, half };
  const sure = hour > 12 || hour === 0 || match[1]!.startsWith("0");
  return { kind: "time", minutes: hour * 60 + minute, half: sure ? (hour >= 12 ? "pm" : "am") : null };
}

/** `January 5, 2024`, `5 Jan 2024`, `2024-01-05`, `Jan 5`; the month of numeric dates other than ISO is anyone's guess. */
export function readDate(text: string): Value | null {
  const plain = text
    .toLowerCase()
    .replace(/^(?:mon|tues|wednes|thurs|fri|satur|sun)day,?\s*/, "")
    .replace(/(\d)(?:\^?\{?(?:st|nd|rd|th)\}?)(?![a-z])/g, "$1")
    .replace(/\bof\b|,/g, " ")
    .replace(/\s+/g, " ")
    .trim();
  const iso = /^(\d{4})-(\d{2})-(\d{2})$/.exec(plain);
  if (iso) return dateOf(Number(iso[1]), Number(iso[2]), Number(iso[3]));
  const named = /^(?:([a-z]{3,9})\.? (\d{1,2})|(\d{1,2}) ([a-z]{3,9})\.?)(?: (\d{4}))?$/.exec(plain);
  if (!named) return null;
  const name = (named[1] ?? named[4])!;
  const month =
    MONTHS.findIndex((each) => each === name || (name.length >= 3 && each.startsWith(name) && name.length <= 4)) + 1;
  return month === 0
    ? null
    : dateOf(named[5] === undefined ? null : Number(named[5]), month, Number(named[2] ?? named[3]));
}

function dateOf(year: number | null, month: number, day: number): Value | null {
  return month >= 1 && month <= 12 && day >= 1 && day <= 31 ? { kind: "date", year, month, day } : null;
}
