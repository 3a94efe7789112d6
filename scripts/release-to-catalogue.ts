import { mkdir, readFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { isLecternError, LecternError } from "@lectern/shared/errors";
import type { EvaluationTable } from "@lectern/shared/schema";
import { cardHeadings, writeDraft } from "../trainer/src/catalogue/index.ts";
import { parseEvaluationResult, toEvaluationTable } from "../trainer/src/evaluate/index.ts";
import { fleetResult, type FleetResult } from "../trainer/src/fleet/index.ts";
import { draftRelease } from "../trainer/src/release/index.ts";
import { summarize } from "../trainer/src/statistics/index.ts";
import { writeAtomically } from "../trainer/src/storage/index.ts";

/**
 * Puts a run's teacher into catalogue/, with the table of its evaluation. A card that is there stays, but for its table.
 * usage: node scripts/release-to-catalogue.ts RUN RESULT.json --name NAME --description TEXT [--release-version 1.0.0]
 */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      name: { type: "string" },
      description: { type: "string", default: "" },
      "release-version": { type: "string", default: "1.0.0" },
      "data-dir": { type: "string" },
    },
  });
  const [run, file] = positionals;
  const { name, description, "release-version": version, "data-dir": dataDir } = values;
  if (!run || !file || !name)
    throw new LecternError(
      "invalid-argument",
      "A run, its result and a name are needed.",
      "node scripts/release-to-catalogue.ts RUN RESULT.json --name NAME",
    );
  const evaluation = tableOf(await readFile(file, "utf8"), file);
  const draft = await draftRelease(run, { name, version, description, license: "MIT", evaluation, dataDir });
  const folder = join(fileURLToPath(new URL("../catalogue", import.meta.url)), name);
  await mkdir(folder, { recursive: true });
  await writeDraft(folder, draft);
  const card = join(folder, "card.md");
  const table = toCardTable(evaluation);
  const words = existsSync(card) ? await readFile(card, "utf8") : emptyCard(name, description);
  await writeAtomically(
    card,
    words.replace(/<!-- table -->.*<!-- end -->/s, `<!-- table -->\n\n${table}\n\n<!-- end -->`),
  );
  process.stdout.write(`${folder}: ${draft.weights.byteLength} bytes of weights.\n${table}\n`);
}

function tableOf(text: string, file: string): EvaluationTable {
  const fleet = fleetResult.safeParse(JSON.parse(text));
  return fleet.success ? tableOfFleet(fleet.data) : toEvaluationTable(parseEvaluationResult(text, file));
}

/** Devices that tune for themselves have no one rate: they are the card's to tell of. */
const tableOfFleet = ({ rows, devices, repeats, recipe }: FleetResult): EvaluationTable => ({
  setting: `${devices.length} simulated devices, ${repeats} students each, T = ${recipe.steps}`,
  metric: "test error over devices, %",
  pairedSeeds: devices.length,
  rows: rows.flatMap(({ label, learningRate, parameters, errors, comparison }) =>
    learningRate === null
      ? []
      : [
          {
            loss: label,
            learningRate,
            parameters,
            error: summarize(errors),
            pValue: comparison?.pValue ?? null,
          },
        ],
  ),
});

const toCardTable = ({ setting, metric, pairedSeeds, rows }: EvaluationTable): string =>
  [
    `${setting}; ${pairedSeeds} paired seeds.`,
    "",
    `| loss | ${metric} | 95 % interval | rate | p |`,
    "| :--- | ---: | ---: | ---: | ---: |",
    ...rows.map(
      ({ loss, error, learningRate, pValue }) =>
        `| ${loss} | ${error.mean.toFixed(2)} | ${error.low.toFixed(2)} – ${error.high.toFixed(2)} | ${Number(learningRate.toPrecision(3))} | ${pValue === null ? "" : pValue < 0.0001 ? "<0.0001" : pValue.toFixed(4)} |`,
    ),
  ].join("\n");

const emptyCard = (name: string, description: string): string =>
  [
    `# ${name}`,
    description,
    ...cardHeadings.map(
      (heading) => `## ${heading}\n${heading === "Evaluation" ? "\n<!-- table --><!-- end -->" : ""}`,
    ),
    "",
  ].join("\n\n");

await main().catch((error: unknown) => {
  process.stderr.write(`${isLecternError(error) ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
