/** Time that this thread has spent inside WebAssembly. */
export interface WasmClock {
  /** Milliseconds since the last call of this, and how many calls from JavaScript they took. */
  take(): { readonly milliseconds: number; readonly calls: number };
  /** Milliseconds a call that measuring itself adds outside WebAssembly. */
  readonly cost: number;
}

/**
 * Wraps every function that WebAssembly modules export from now on, so that the time inside is counted. Call it before the
 * backend starts; what reading the clock costs is measured and can be taken off.
 */
export function installWasmClock(): WasmClock {
  let [milliseconds, calls, depth] = [0, 0, 0];
  const timed = (run: (...args: unknown[]) => unknown) =>
    function (...args: unknown[]): unknown {
      // A call from within a call is inside already.
      if (depth > 0) return run(...args);
      depth++;
      calls++;
      const start = performance.now();
      try {
        return run(...args);
      } finally {
        milliseconds += performance.now() - start;
        depth--;
      }
    };
  const wrap = (instance: WebAssembly.Instance): WebAssembly.Instance => {
    const exports = Object.fromEntries(
      Object.entries(instance.exports).map(([name, value]) => [
        name,
        typeof value === "function" ? timed(value as (...args: unknown[]) => unknown) : value,
      ]),
    );
    return { exports } as unknown as WebAssembly.Instance;
  };
  const instantiate = WebAssembly.instantiate.bind(WebAssembly) as (
    source: BufferSource | WebAssembly.Module,
    imports?: WebAssembly.Imports,
  ) => Promise<WebAssembly.Instance | WebAssembly.WebAssemblyInstantiatedSource>;
  WebAssembly.instantiate = (async (source: BufferSource, imports?: WebAssembly.Imports) => {
    const result = await instantiate(source, imports);
    return "instance" in result ? { ...result, instance: wrap(result.instance) } : wrap(result);
  }) as typeof WebAssembly.instantiate;
  const take = () => {
    const taken = { milliseconds, calls };
    [milliseconds, calls] = [0, 0];
    return taken;
  };
  return {
    take,
    cost: calibrate(
      timed((a, b) => a === b),
      take,
    ),
  };
}

/** The least of several tries: what a wrapped call costs beside what it counts as inside. */
function calibrate(call: (...args: unknown[]) => unknown, take: WasmClock["take"]): number {
  const count = 20_000;
  const tries = Array.from({ length: 10 }, () => {
    take();
    const start = performance.now();
    for (let i = 0; i < count; i++) call(i, 1);
    return (performance.now() - start - take().milliseconds) / count;
  });
  return Math.max(0, Math.min(...tries));
}
