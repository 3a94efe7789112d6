import { Command } from "commander";
import { useBackend } from "../backend/index.ts";
import { checkGolden, readGoldens, type GoldenReport } from "../golden/index.ts";
import { storeEstimator } from "../hypergradient/index.ts";
import { installOverlay } from "../overlay/index.ts";
import { backendOption } from "./backend-flag.ts";

export const checkHypergradientCommand = (): Command =>
  new Command("check-hypergradient")
    .description(
      "Compare our hypergradients with a file of golden ones, tensor by tensor; exit code 1 if any is off.",
    )
    .argument("<file>", "goldens, as trainer/fixtures/hypergradient-reference.py writes them")
    .addOption(backendOption("wasm"))
    .action(async (file: string, { backend }: { backend: string }) => {
      const cases = await readGoldens(file);
      const used = await useBackend(backend);
      installOverlay();
      let passed = 0;
      for (const golden of cases) {
        const report = await checkGolden(golden, storeEstimator);
        process.stdout.write(`${renderReport(report)}\n`);
        passed += Number(report.passed);
      }
      process.stdout.write(`${passed} of ${cases.length} cases within tolerance, float32, backend ${used}\n`);
      if (passed < cases.length) process.exitCode = 1;
    });

/** A case's table: ‖out − ref‖/‖ref‖ of each tensor beside its tolerance. */
export function renderReport({ name, passed, deviations }: GoldenReport): string {
  const rows = deviations.map(
    ({ tensor, error, tolerance, norm }) =>
      `  ${tensor.padEnd(10)} ${error.toExponential(2).padStart(9)}  ≤ ${tolerance.toExponential(0)}  ${
        error <= tolerance ? "ok " : "OFF"
      }  ‖ref‖ ${norm.toPrecision(4)}`,
  );
  return [`${passed ? "ok " : "OFF"} ${name}`, ...rows].join("\n");
}
