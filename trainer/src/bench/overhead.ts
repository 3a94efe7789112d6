import { openBackend } from "../backend/select.ts";
import { installOverlay } from "../overlay/index.ts";
import { createActions } from "./actions.ts";
import { benchCase } from "./cases.ts";
import { median } from "./measure.ts";
import { openStep } from "./open-step.ts";
import { drawStep } from "./step-data.ts";
import { installWasmClock } from "./wasm-clock.ts";

/** Where an action's time goes; medians, so that they needn't add up exactly. */
export interface Overhead {
  readonly total: number;
  readonly wasm: number;
  /** total − wasm − clock of the same run: TensorFlow.js's dispatch and tape, our own code, and garbage collection. */
  readonly javascript: number;
  /** What measuring added. */
  readonly clock: number;
  /** Calls from JavaScript into WebAssembly. */
  readonly calls: number;
}

export interface OverheadRow {
  readonly case: string;
  readonly backend: "wasm";
  readonly ce_step: Overhead;
  readonly step: Overhead;
  readonly reverse: Overhead;
}

/** Measures the JavaScript overhead of each case on the wasm backend, which must not have started in this thread. */
export async function measureOverhead(
  cases: readonly string[],
  seconds: number,
  onRow: (row: OverheadRow) => void,
): Promise<void> {
  const clock = installWasmClock();
  await openBackend("wasm");
  installOverlay();
  const split = async (action: () => Promise<void>): Promise<Overhead> => {
    // V8 compiles what it runs often: many short actions first.
    const warm = performance.now() + seconds * 100;
    for (let i = 0; i < 3 || performance.now() < warm; i++) await action();
    const runs: Overhead[] = [];
    const end = performance.now() + (seconds * 1000) / 4;
    while (runs.length < 5 || performance.now() < end) {
      clock.take();
      const start = performance.now();
      await action();
      const total = performance.now() - start;
      const { milliseconds, calls } = clock.take();
      const added = calls * clock.cost;
      runs.push({
        total,
        wasm: milliseconds,
        javascript: total - milliseconds - added,
        clock: added,
        calls,
      });
    }
    const middle = (read: (run: Overhead) => number) => Number(median(runs.map(read)).toFixed(3));
    return {
      total: middle((run) => run.total),
      wasm: middle((run) => run.wasm),
      javascript: middle((run) => run.javascript),
      clock: middle((run) => run.clock),
      calls: middle((run) => run.calls),
    };
  };
  for (const name of cases) {
    const bench = benchCase(name);
    const open = openStep(bench, drawStep(bench, 1));
    const actions = createActions(open);
    onRow({
      case: name,
      backend: "wasm",
      ce_step: await split(actions.ceStep),
      step: await split(actions.step),
      reverse: await split(actions.reverse),
    });
    open.dispose();
  }
}
