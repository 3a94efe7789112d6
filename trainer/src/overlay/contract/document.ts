import { optimizer } from "@lectern/shared/schema";
import { coveredActivations, refusedLayers } from "../layer-checks.ts";
import { layerCases } from "./layer-cases.ts";
import { refusalCases } from "./refusal-cases.ts";
import { caseGroups } from "./table.ts";

const begin = "<!-- What follows is written by npm run docs:second-order. -->";

const code = (name: string): string => `\`${name}\``;

function byLayer<Case extends { readonly layer: string }>(
  cases: readonly Case[],
  text: (testCase: Case) => string,
): Map<string, string[]> {
  const texts = new Map<string, string[]>();
  for (const testCase of cases) {
    const list = texts.get(testCase.layer) ?? [];
    texts.set(testCase.layer, list);
    const one = text(testCase);
    if (one) list.push(one);
  }
  return texts;
}

/** The tables of docs/second-order.md: of what the contract tests run, nothing else. */
export function describeCoverage(): string {
  const checked = byLayer(layerCases, ({ setting }) => setting);
  const refused = byLayer(refusalCases, ({ setting }) => setting);
  const rows = [...checked].map(([layer, settings]) =>
    [
      layer.includes(" ") ? layer : code(layer),
      settings.join("; "),
      (refused.get(layer) ?? []).join("; "),
    ].join(" | "),
  );
  return [
    "## Layers",
    "",
    "| layer | settings checked beside the plain one | refused |",
    "| --- | --- | --- |",
    ...rows.map((row) => `| ${row} |`),
    "",
    `Refused whatever their settings: ${Object.keys(refusedLayers).map(code).join(", ")}.`,
    "",
    `Activations: ${coveredActivations.map(code).join(", ")}.`,
    "",
    `Optimizers: ${optimizer.options.map(({ shape }) => code(shape.kind.value)).join(", ")}.`,
    "",
    "## Operations",
    "",
    ...caseGroups.flatMap(({ title, cases }) => [
      `**${title}** (${cases.length}): ${cases.map(({ name }) => name).join("; ")}.`,
      "",
    ]),
  ].join("\n");
}

/** The document with its tables as they are now. */
export function updateDocument(document: string): string {
  const at = document.indexOf(begin);
  if (at < 0) throw new Error(`docs/second-order.md has lost its line ${begin}`);
  return `${document.slice(0, at)}${begin}\n\n${describeCoverage()}`;
}
