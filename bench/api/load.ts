import autocannon from "autocannon";

export interface Target {
  url: string;
  method?: "GET" | "POST";
  headers?: Record<string, string>;
  body?: string;
}

export interface Slice {
  requestsPerSecond: number;
  /** Milliseconds. */
  p99: number;
  /** workerd's processor time for a request, microseconds. */
  cpuMicroseconds: number;
}

/** Some seconds of as many requests as 16 connections get answered. */
export async function load(target: Target, seconds: number, cpuMs: () => Promise<number>): Promise<Slice> {
  const times: number[] = [];
  const before = await cpuMs();
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const { body, ...rest } = target;
    const instance = autocannon(
      { ...rest, ...(body === undefined ? {} : { body }), connections: 16, duration: seconds },
      (error, result) => (error ? reject(error as Error) : resolve(result)),
    );
    // The histogram of autocannon has whole milliseconds.
    instance.on("response", (_client, _status, _bytes, milliseconds) => times.push(milliseconds));
  });
  if (result.non2xx + result.errors > 0)
    throw new Error(`${target.url}: ${result.non2xx} answers that are no success, ${result.errors} errors`);
  const cpu = (await cpuMs()) - before;
  const sorted = Float64Array.from(times).toSorted();
  return {
    requestsPerSecond: sorted.length / result.duration,
    p99: sorted[Math.floor(0.99 * sorted.length)]!,
    cpuMicroseconds: (cpu * 1000) / sorted.length,
  };
}

export interface Comparison {
  ours: Slice;
  bare: Slice;
  /** Medians over the alternations of ours divided by bare, in the same alternation. */
  throughputRatio: number;
  p99Ratio: number;
  cpuRatio: number;
  /** Of the least processor time of each: what else the machine does only adds to it. */
  leastCpuRatio: number;
  /** Lowest and highest throughput ratio of an alternation. */
  spread: [number, number];
}

/** In turn, in short slices, which of the two goes first changing: what else the machine does hits both. */
export async function compare(
  ours: Target,
  bare: Target,
  { alternations, seconds, cpuMs }: { alternations: number; seconds: number; cpuMs: () => Promise<number> },
): Promise<Comparison> {
  // Until the compiler has what it compiles.
  for (const target of [ours, bare]) await load(target, 1, cpuMs);
  const pairs: { ours: Slice; bare: Slice }[] = [];
  for (let i = 0; i < alternations; i++) {
    const first = await load(i % 2 === 0 ? bare : ours, seconds, cpuMs);
    const second = await load(i % 2 === 0 ? ours : bare, seconds, cpuMs);
    pairs.push(i % 2 === 0 ? { bare: first, ours: second } : { bare: second, ours: first });
  }
  const ratios = (of: (slice: Slice) => number) => pairs.map((pair) => of(pair.ours) / of(pair.bare));
  const throughput = ratios((slice) => slice.requestsPerSecond);
  return {
    ours: middle(pairs.map((pair) => pair.ours)),
    bare: middle(pairs.map((pair) => pair.bare)),
    throughputRatio: median(throughput),
    p99Ratio: median(ratios((slice) => slice.p99)),
    cpuRatio: median(ratios((slice) => slice.cpuMicroseconds)),
    leastCpuRatio:
      Math.min(...pairs.map(({ ours }) => ours.cpuMicroseconds)) /
      Math.min(...pairs.map(({ bare }) => bare.cpuMicroseconds)),
    spread: [Math.min(...throughput), Math.max(...throughput)],
  };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

function middle(slices: readonly Slice[]): Slice {
  return {
    requestsPerSecond: median(slices.map((slice) => slice.requestsPerSecond)),
    p99: median(slices.map((slice) => slice.p99)),
    cpuMicroseconds: median(slices.map((slice) => slice.cpuMicroseconds)),
  };
}
