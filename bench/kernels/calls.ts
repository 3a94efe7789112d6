import { createActions } from "../../trainer/src/bench/actions.ts";
import { benchCase } from "../../trainer/src/bench/cases.ts";
import { openStep } from "../../trainer/src/bench/open-step.ts";
import { drawStep } from "../../trainer/src/bench/step-data.ts";
import { openBackend } from "../../trainer/src/backend/select.ts";
import { installOverlay } from "../../trainer/src/overlay/index.ts";

// node scripts/setup.mjs bench/kernels/calls.ts [CASE [RUNS]]: where a step and its reversal spend their time inside
// WebAssembly. An action makes the same calls each time, so that each call has a shortest time over all runs; their sum is
// what the action takes when nothing disturbs it, though other work on the machine disturbs every single run.

interface Call {
  readonly name: string;
  ms: number;
}

let calls: Call[] = [];
let depth = 0;

function timed(name: string, run: (...args: unknown[]) => unknown) {
  return function (...args: unknown[]): unknown {
    // A call from within a call is inside already.
    if (depth > 0) return run(...args);
    depth++;
    const start = performance.now();
    try {
      return run(...args);
    } finally {
      calls.push({ name, ms: performance.now() - start });
      depth--;
    }
  };
}

/** Wraps what WebAssembly modules export from now on. */
function watchCalls(): void {
  const wrap = ({ exports }: WebAssembly.Instance) =>
    ({
      exports: Object.fromEntries(
        Object.entries(exports).map(([name, value]) => [
          name,
          typeof value === "function" ? timed(name, value as (...args: unknown[]) => unknown) : value,
        ]),
      ),
    }) as unknown as WebAssembly.Instance;
  const instantiate = WebAssembly.instantiate.bind(WebAssembly) as (
    source: BufferSource | WebAssembly.Module,
    imports?: WebAssembly.Imports,
  ) => Promise<WebAssembly.Instance | WebAssembly.WebAssemblyInstantiatedSource>;
  WebAssembly.instantiate = (async (source: BufferSource, imports?: WebAssembly.Imports) => {
    const result = await instantiate(source, imports);
    return "instance" in result ? { ...result, instance: wrap(result.instance) } : wrap(result);
  }) as typeof WebAssembly.instantiate;
}

/** The shortest time of each call of an action. */
async function shortestCalls(action: () => Promise<void>, runs: number): Promise<readonly Call[]> {
  for (let i = 0; i < 3; i++) await action();
  let best: Call[] | undefined;
  for (let i = 0; i < runs; i++) {
    calls = [];
    await action();
    if (best !== undefined && best.length !== calls.length)
      throw new Error(`An action made ${best.length} calls once and ${calls.length} another time.`);
    best ??= calls;
    for (const [k, { ms }] of calls.entries()) best[k]!.ms = Math.min(best[k]!.ms, ms);
  }
  return best ?? [];
}

/** Times and numbers of calls by function, longest first. */
function byName(list: readonly Call[]): [name: string, ms: number, count: number][] {
  const names = [...new Set(list.map(({ name }) => name))];
  return names
    .map((name): [string, number, number] => {
      const own = list.filter((call) => call.name === name);
      return [name, own.reduce((sum, { ms }) => sum + ms, 0), own.length];
    })
    .toSorted(([, a], [, b]) => b - a);
}

const [name = "resnet8", runs = "12"] = process.argv.slice(2);
watchCalls();
await openBackend("wasm");
installOverlay();
const bench = benchCase(name);
const open = openStep(bench, drawStep(bench, 1));
const { step, reverse } = createActions(open);
let hyper = 0;
for (const [title, action] of Object.entries({ step, reverse })) {
  const best = await shortestCalls(action, Number(runs));
  const total = best.reduce((sum, { ms }) => sum + ms, 0);
  hyper += total;
  console.log(`${name} ${title}: ${total.toFixed(1)} ms in ${best.length} calls`);
  for (const [function_, ms, count] of byName(best).filter(([, time]) => time >= 0.01 * total))
    console.log(`${ms.toFixed(2).padStart(9)} ms ${String(count).padStart(6)} × ${function_}`);
}
console.log(`${name} hyper: ${hyper.toFixed(1)} ms inside WebAssembly`);
open.dispose();
process.exit(0);
