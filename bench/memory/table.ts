import type { CellResult } from "./cell.ts";
import { bars, nameOf, strategies } from "./cells.ts";
import type { Ratio } from "./ratio.ts";

const horizons = [100, 1000, 10_000];

/** What was measured, as Markdown, beside what is asked. */
export function table(cells: readonly CellResult[], ratios: readonly Ratio[]): string {
  const cellOf = (estimator: string, optimizer: string, steps: number): string => {
    const found = cells.find((cell) => nameOf(cell) === nameOf({ estimator, optimizer, steps }));
    if (!found) return "–";
    const { overMb, cpuMsPerStep, status, recovered } = found;
    const end = status === "ok" ? "" : `, ${status}`;
    const back = recovered === null ? "" : recovered ? ", ω₀ and v₀ recovered" : ", NOT recovered";
    return `${overMb} (${cpuMsPerStep}${back}${end})`;
  };
  const lines = strategies.map(({ estimator, optimizer }) => {
    const bar = bars.find((b) => b.estimator === estimator && b.optimizer === optimizer);
    const measured = horizons.map((steps) => cellOf(estimator, optimizer, steps));
    return `| ${estimator}, ${optimizer} | ${measured.join(" | ")} | ${bar ? `≤ ${bar.mb}` : ""} |`;
  });
  const compared = ratios.map(
    ({ optimizer, steps, ratio, store, checkpoint }) =>
      `- checkpoint over store, ${optimizer}, T = ${steps}, user CPU time a step: **${ratio}** ` +
      `(asked: ≤ 1.5; checkpoint ${checkpoint.join(", ")} ms, store ${store.join(", ")} ms)`,
  );
  return [
    "LeNet, 431,080 weights, batch 8, wasm: peak over the process's base in MB (ms of CPU a step). –: not run.",
    "",
    `| estimator, optimizer | ${horizons.map((steps) => `T = ${steps.toLocaleString("en-US")}`).join(" | ")} | asked at 10,000 |`,
    "| --- | --- | --- | --- | --- |",
    ...lines,
    "",
    ...compared,
    "",
  ].join("\n");
}
