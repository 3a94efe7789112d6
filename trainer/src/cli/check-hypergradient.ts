import { Command } from "commander";
import { useBackend } from "../backend/index.ts";
import { checkGolden, optimizerOf, readGoldens, type GoldenReport } from "../golden/index.ts";
import { estimatorForms, estimatorOf } from "../hypergradient/index.ts";
import { installOverlay } from "../overlay/index.ts";
import { backendOption } from "./backend-flag.ts";

export const checkHypergradientCommand = (): Command =>
  new Command("check-hypergradient")
    .description(
      "Compare our hypergradients with a file of golden ones, tensor by tensor; exit code 1 if any is off.",
    )
    .argument("<file>", "goldens, as trainer/fixtures/hypergradient-reference.py writes them")
    .addOption(backendOption("wasm"))
    .option("--estimator <name>", `one of ${estimatorForms.join(", ")}`, "store")
    .action(async (file: string, { backend, estimator: name }: { backend: string; estimator: string }) => {
      const estimator = estimatorOf(name);
      const all = await readGoldens(file);
      const used = await useBackend(backend);
      installOverlay();
      const cases = all.filter((golden) => !estimator.objection(optimizerOf(golden)));
      let passed = 0;
      for (const golden of cases) {
        const report = await checkGolden(golden, estimator);
        process.stdout.write(`${renderReport(report)}\n`);
        passed += Number(report.passed);
      }
      const left = all.length - cases.length;
      process.stdout.write(
        `${passed} of ${cases.length} cases within tolerance, ${name}, float32, backend ${used}` +
          `${left > 0 ? `; ${left} with an optimizer that ${name} can't take` : ""}\n`,
      );
      // Of an approximation the bias is told, not judged.
      if (passed < cases.length && estimator.exact) process.exitCode = 1;
    });

/** A case's table: ‖out − ref‖/‖ref‖ of each tensor beside its tolerance. */
export function renderReport({ name, passed, deviations, bias }: GoldenReport): string {
  const rows = deviations.map(
    ({ tensor, error, tolerance, norm }) =>
      `  ${tensor.padEnd(10)} ${error.toExponential(2).padStart(9)}  ≤ ${tolerance.toExponential(0)}  ${
        error <= tolerance ? "ok " : "OFF"
      }  ‖ref‖ ${norm.toPrecision(4)}`,
  );
  const whole = `dθ as a whole: cosine ${bias.cosine.toFixed(6)}, relative error ${bias.error.toExponential(2)}`;
  return [`${passed ? "ok " : "OFF"} ${name}: ${whole}`, ...rows].join("\n");
}
