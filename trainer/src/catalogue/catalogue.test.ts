import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { generateSigningKey, serializeSafetensors, sha256Hex } from "@lectern/shared/artifact";
import { featuresOf, initialTheta } from "@lectern/shared/teacher";
import { signDraft, type Draft } from "../release/index.ts";
import { cardHeadings, listCatalogue, readEntry, writeDraft } from "./index.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lectern-entry-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function draft(): Promise<Draft> {
  const features = featuresOf("no-dev", 3);
  const theta = initialTheta(
    { family: "gain", architecture: { kind: "gate" }, classes: 3, features: features.length },
    1,
  );
  const weights = serializeSafetensors(
    Object.fromEntries(
      Object.entries(theta).map(([name, { shape, data }]) => [
        name,
        { shape: [...shape], data: Float32Array.from(data) },
      ]),
    ),
    { format: "lectern-teacher" },
  );
  return {
    weights,
    manifest: {
      format: "lectern-teacher",
      formatVersion: 1,
      name: "small",
      version: "1.0.0",
      description: "",
      license: "MIT",
      classes: { count: 3, names: ["a", "b", "c"] },
      tasks: ["none"],
      loss: { family: "gain" },
      teacher: { kind: "gate" },
      state: {
        featureSet: "no-dev",
        features,
        measurement: { everySteps: 5, devExamples: 0, trainBatches: 1 },
      },
      recipe: {
        optimizer: { kind: "sgd", learningRate: 0.1, weightDecay: 0 },
        schedule: "constant",
        batchSize: 4,
        steps: 10,
      },
      weights: { format: "safetensors", sha256: await sha256Hex(weights), bytes: weights.length },
      provenance: {
        trainer: "lectern",
        task: "none",
        dataset: {},
        students: ["mlp"],
        estimator: "store",
        metric: "soft-error",
        metaSteps: 0,
        seed: 1,
        evaluation: null,
      },
    },
  };
}
const card = ["# small", ...cardHeadings.map((heading) => `## ${heading}\n\nWords.`), ""].join("\n\n");

test("an entry is read as it was written, and signed to the same bytes each time", async () => {
  const small = join(folder, "small");
  await mkdir(small);
  const made = await draft();
  await writeDraft(small, made);
  await writeFile(join(small, "card.md"), card);
  expect(await listCatalogue(folder)).toEqual(["small"]);
  const entry = await readEntry(small);
  expect(entry).toEqual({ ...made, card });
  const key = await generateSigningKey();
  const signed = await signDraft(entry, { publisher: "me", key });
  expect(signed.manifest.publisher).toEqual({ name: "me", publicKey: key.publicKey });
  expect(await signDraft(entry, { publisher: "me", key })).toEqual(signed);
});

test("weights of another teacher, a card that leaves something out, and a missing file are refused", async () => {
  await writeDraft(folder, await draft());
  await expect(readEntry(folder)).rejects.toThrow(/has no card\.md\. Restore it/);
  await writeFile(join(folder, "card.md"), card.replace("## What not for", "## Otherwise"));
  await expect(readEntry(folder)).rejects.toThrow(/card\.md says nothing under What not for\. Complete/);
  await writeFile(join(folder, "card.md"), card);
  const weights = await readFile(join(folder, "weights.safetensors"));
  weights[weights.length - 1]! ^= 1;
  await writeFile(join(folder, "weights.safetensors"), weights);
  await expect(readEntry(folder)).rejects.toThrow(/has the digest .* and its manifest names/);
  await writeFile(join(folder, "teacher.json"), "{}");
  await expect(readEntry(folder)).rejects.toThrow(/isn't a teacher's manifest: /);
});
