/** From data to pixels, with ticks at round numbers. */
export interface Scale {
  readonly kind: "linear" | "log";
  readonly domain: readonly [number, number];
  (value: number): number;
  ticks(): number[];
}

type Span = readonly [number, number];

export function linearScale([low, high]: Span, [from, to]: Span, count = 5): Scale {
  const span = high - low || 1;
  const scale = (value: number) => from + ((value - low) / span) * (to - from);
  return Object.assign(scale, {
    kind: "linear" as const,
    domain: [low, high] as const,
    ticks: () => roundNumbers(low, high, count),
  });
}

/** Both ends must be positive; values below the domain are drawn at its end. */
export function logScale([low, high]: Span, [from, to]: Span): Scale {
  const [a, b] = [Math.log(low), Math.log(high)];
  const span = b - a || 1;
  const scale = (value: number) => from + ((Math.log(Math.max(value, low)) - a) / span) * (to - from);
  const ticks = () => {
    const decades = Array.from(
      { length: Math.ceil(Math.log10(high)) - Math.floor(Math.log10(low)) + 1 },
      (_, i) => 10 ** (Math.floor(Math.log10(low)) + i),
    );
    const steps =
      high / low > 1000 ? [1] : high / low > 30 ? [1, 3] : high / low > 12 ? [1, 2, 5] : [1, 1.5, 2, 3, 5, 7];
    return decades
      .flatMap((d) => steps.map((s) => s * d))
      .filter((v) => v >= low * 0.999 && v <= high * 1.001);
  };
  return Object.assign(scale, { kind: "log" as const, domain: [low, high] as const, ticks });
}

/** About `count` multiples of 1, 2 or 5 times a power of ten within a range. */
function roundNumbers(low: number, high: number, count: number): number[] {
  const rough = (high - low || 1) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((s) => s * power >= rough)! * power;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) =>
    Number(((first + i) * step).toPrecision(12)),
  );
}

/** The range of some values, with a margin; a single value gets room around it. */
export function extent(values: readonly number[], margin = 0.05): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = (high - low || Math.abs(high) * 0.1 || 1) * margin;
  return [low - room, high + room];
}

/** At most so many digits, small and large ones as powers of ten; a true minus sign. */
export function formatTick(value: number, digits = 4): string {
  const size = Math.abs(value);
  const short =
    size !== 0 && (size < 1e-3 || size >= 1e6)
      ? value.toExponential(Math.min(3, digits - 1))
      : value.toPrecision(digits);
  return String(short)
    .replace(/\.?0+(?=e|$)/, (zeros) => (short.includes(".") ? "" : zeros))
    .replaceAll("-", "−")
    .replace("e+", "e");
}
