/** A duration for people: "8 s", "3 min 20 s", "2 h 05 min", "12 days", "5 months", "12 years". @param seconds at least 0 */
export function formatDuration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${seconds < 10 ? Number(seconds.toFixed(1)) : whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${String(whole % 60).padStart(2, "0")} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${String(minutes % 60).padStart(2, "0")} min`;
  const days = hours / 24;
  if (days < 90) return `${Math.round(days)} days`;
  return days < 730 ? `${Math.round(days / 30.4)} months` : `${Math.round(days / 365)} years`;
}

/** "612 B", "40 MB", "1.3 GB" (powers of 1000). */
export const formatBytes = (bytes: number): string => scaled(bytes, ["B", "kB", "MB", "GB", "TB", "PB"]);

/** "3.1 GFLOP", "1.2 PFLOP". */
export const formatFlops = (flops: number): string =>
  scaled(flops, ["FLOP", "kFLOP", "MFLOP", "GFLOP", "TFLOP", "PFLOP", "EFLOP"]);

function scaled(value: number, units: readonly string[]): string {
  let step = 0;
  let rest = value;
  while (rest >= 999.5 && step < units.length - 1) {
    rest /= 1000;
    step++;
  }
  return `${rest < 10 ? Number(rest.toFixed(1)) : Math.round(rest)} ${units[step]}`;
}

/** 50000 is "50,000". */
export const formatCount = (count: number): string => count.toLocaleString("en-US");

/** "1 class", "1,000 classes" */
export const counted = (count: number, one: string, many: string): string =>
  `${formatCount(count)} ${count === 1 ? one : many}`;

/** 0.1234 is "12.3 %"; what was not measured is "–". @param fraction in [0, 1] */
export const percent = (fraction: number | undefined): string =>
  fraction === undefined ? "–" : `${(100 * fraction).toFixed(1)} %`;
