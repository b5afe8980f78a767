/** Numbers in words, short and steady in width. */

export function percent(share: number | null | undefined, digits = 1): string {
  return share === null || share === undefined ? "–" : `${(share * 100).toFixed(digits)}\u202f%`;
}

export function duration(seconds: number): string {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

/** A large number in little room: 1,234, then 12.3 k, 4.56 M. */
export function short(count: number): string {
  if (count < 10_000) return count.toLocaleString("en");
  const [scaled, unit] = count < 1e6 ? [count / 1e3, "k"] : [count / 1e6, "M"];
  return `${scaled.toPrecision(scaled < 1000 ? 3 : 4)}\u202f${unit}`;
}
