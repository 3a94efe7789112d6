import type { Manifest } from "@lectern/shared/schema";
import { html } from "../dom.ts";

/** What a manifest says of a teacher, as a list of terms. */
export function factsOf({ manifest, publicKey }: { manifest: Manifest; publicKey: string }): HTMLElement {
  const { recipe, state, provenance, weights, classes } = manifest;
  const { optimizer } = recipe;
  const dataset = Object.entries(provenance.dataset).map(([name, value]) => `${name} ${value}`);
  const architecture =
    manifest.teacher.kind === "attention" ? `attention over ${manifest.teacher.keys} keys` : "gate";
  const facts: [string, string][] = [
    ["For", `${manifest.tasks.join(", ")}; ${classes.count} classes: ${shortList(classes.names)}`],
    ["Emits", `losses of the family ${manifest.loss.family}, by ${architecture}`],
    [
      "Looks at",
      `${state.features.length} numbers (${state.featureSet}) every ${state.measurement.everySteps} steps${state.measurement.devExamples > 0 ? `, ${state.measurement.devExamples.toLocaleString("en")} dev examples among them` : ", no dev data"}`,
    ],
    [
      "Made for",
      `${optimizer.kind} at rate ${optimizer.learningRate}, ${recipe.schedule}; batches of ${recipe.batchSize}; ${recipe.steps.toLocaleString("en")} steps`,
    ],
    [
      "Meta-trained",
      `${provenance.metaSteps} meta-steps on ${provenance.task} (${dataset.join(", ")}), students ${provenance.students.join(", ")}, estimator ${provenance.estimator}, metric ${provenance.metric}, seed ${provenance.seed}, trainer ${provenance.trainer}`,
    ],
    ["Licence", manifest.license],
    ["Signed by", `${manifest.publisher.name}, key ${publicKey}`],
    ["Weights", `${weights.bytes.toLocaleString("en")} bytes, sha256 ${weights.sha256}`],
  ];
  return html(
    "dl",
    { class: "facts" },
    facts.flatMap(([term, words]) => [html("dt", {}, [term]), html("dd", {}, [words])]),
  );
}

const shortList = (names: readonly string[]): string =>
  names.length > 12 ? `${names.slice(0, 12).join(", ")}…` : names.join(", ");
