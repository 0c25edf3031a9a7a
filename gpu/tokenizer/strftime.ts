/** Dates in chat templates: C's strftime in English and in UTC, so that a prompt is the same on every machine. */
const days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const months = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];

/** Conversions; those that pad with zeros do not behind a "-", as in glibc. */
const conversions: Readonly<Record<string, (date: Date) => string | readonly [value: number, digits: number]>> = {
  "%": () => "%",
  a: (date) => days[date.getUTCDay()]!.slice(0, 3),
  A: (date) => days[date.getUTCDay()]!,
  b: (date) => months[date.getUTCMonth()]!.slice(0, 3),
  B: (date) => months[date.getUTCMonth()]!,
  p: (date) => (date.getUTCHours() < 12 ? "AM" : "PM"),
  Y: (date) => [date.getUTCFullYear(), 4],
  y: (date) => [date.getUTCFullYear() % 100, 2],
  m: (date) => [date.getUTCMonth() + 1, 2],
  d: (date) => [date.getUTCDate(), 2],
  j: (date) => [
    1 +
      (Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()) - Date.UTC(date.getUTCFullYear(), 0)) /
        86_400_000,
    3,
  ],
  H: (date) => [date.getUTCHours(), 2],
  I: (date) => [date.getUTCHours() % 12 || 12, 2],
  M: (date) => [date.getUTCMinutes(), 2],
  S: (date) => [date.getUTCSeconds(), 2],
};

/** @throws Error naming a conversion that is not in the table. */
export const strftime = (date: Date, format: string): string =>
  format.replaceAll(/%(-?)(.?)/gs, (whole, dash: string, letter: string) => {
    const converted = conversions[letter]?.(date);
    if (converted === undefined) throw new Error(`strftime_now knows no ${whole}`);
    if (typeof converted === "string") return converted;
    const [value, digits] = converted;
    return dash ? String(value) : String(value).padStart(digits, "0");
  });
