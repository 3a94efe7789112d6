/**
 * npm run bench:estimators: what each estimator's dθ is worth (cosine and relative error against the float64 goldens, on
 * wasm) and what it costs (CPU time on a LeNet). Prints both tables; bench/results/estimators.json has the numbers.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { useBackend } from "../trainer/src/backend/index.ts";
import { installOverlay } from "../trainer/src/overlay/index.ts";
import { writeAtomically } from "../trainer/src/storage/index.ts";
import { compared, measureBias, type BiasRow } from "./estimators/bias.ts";
import { measureCost, type CostRow } from "./estimators/cost.ts";

await useBackend("wasm");
installOverlay();
const bias = await measureBias(({ estimator, golden }) => process.stderr.write(`${golden}: ${estimator}\n`));
process.stdout.write(`${biasTable(bias)}\n\n`);
const cost = await measureCost();
process.stdout.write(`${costTable(cost)}\n`);
const folder = fileURLToPath(new URL("results", import.meta.url));
await mkdir(folder, { recursive: true });
await writeAtomically(
  join(folder, "estimators.json"),
  `${JSON.stringify({ node: process.version, bias, cost }, undefined, 1)}\n`,
);

/** A golden a line, an estimator a column: cosine (relative error). */
function biasTable(rows: readonly BiasRow[]): string {
  const cell = ({ cosine, error }: BiasRow): string =>
    cosine === null || error === null ? "–" : `${cosine.toFixed(4)} (${error.toExponential(1)})`;
  const goldens = [...new Set(rows.map(({ golden }) => golden))];
  const lines = goldens.map((golden) => {
    const own = rows.filter((row) => row.golden === golden);
    const cells = compared.map((name) => cell(own.find(({ estimator }) => estimator === name)!));
    return `| ${golden}, T = ${own[0]!.steps} | ${cells.join(" | ")} |`;
  });
  return [
    `| golden | ${compared.join(" | ")} |`,
    `| --- | ${compared.map(() => "---").join(" | ")} |`,
    ...lines,
  ].join("\n");
}

function costTable(rows: readonly CostRow[]): string {
  const lines = rows.map(
    ({ estimator, ms, most, ratio, historyMb }) =>
      `| ${estimator} | ${ms.toFixed(1)} | ${most.toFixed(1)} | ${ratio.toFixed(2)} | ${historyMb.toFixed(0)} |`,
  );
  return [
    "| estimator | ms of CPU a step, least | most | over store | history at T = 500, MB |",
    "| --- | --- | --- | --- | --- |",
    ...lines,
  ].join("\n");
}
