/** Medians in milliseconds. */
export interface Timing {
  readonly wall: number;
  /** Of the whole process, user and system: what wall time would be on a machine with nothing else to do. */
  readonly cpu: number;
  readonly runs: number;
}

/** Runs an action three times unmeasured, then for `seconds` and at least five times. */
export async function measure(action: () => Promise<void>, seconds: number): Promise<Timing> {
  for (let i = 0; i < 3; i++) await action();
  const wall: number[] = [];
  const cpu: number[] = [];
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end || wall.length < 5) {
    const before = process.cpuUsage();
    const start = performance.now();
    await action();
    wall.push(performance.now() - start);
    const { user, system } = process.cpuUsage(before);
    cpu.push((user + system) / 1000);
  }
  return { wall: median(wall), cpu: median(cpu), runs: wall.length };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
