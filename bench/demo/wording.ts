/** How the demo writes numbers, in the terminal and in the report. */

/** Seconds as `41.8 s`, `3:05` or `1:02:09`. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const two = (value: number) => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** 0.4138 as `41.4 %`. */
export const percent = (value: number): string => `${(value * 100).toFixed(1)} %`;

/** A difference of two shares as percentage points, `+3.2 points`. */
export function points(difference: number): string {
  const value = (difference * 100).toFixed(1);
  return `${difference < 0 ? "" : "+"}${value} points`;
}

/** 18640 as `18.6 k`. */
export const rate = (value: number): string =>
  value < 1000 ? String(Math.round(value)) : `${(value / 1000).toFixed(1)} k`;
