import { parseDeclaration, type Declaration } from "./declaration.ts";

/** As small as an experiment comes, with a teacher for each cell and one that is taken from another cell. */
export const tinyExperiment = {
  format: "lectern-experiment",
  formatVersion: 1,
  title: "Tiny glyphs",
  about: "For tests.",
  shared: {
    task: "glyphs",
    subset: 60,
    "dev-examples": 60,
    "validation-examples": 60,
    "test-examples": 100,
  },
  tasks: { clean: {}, "noise 40 %": { "label-noise": 0.4 } },
  students: {
    mlp: { student: "mlp", hidden: 8, steps: 12, "batch-size": 16, "learning-rate": 0.4 },
  },
  losses: ["cross-entropy", "label-smoothing"],
  extraData: ["cross-entropy"],
  teachers: {
    mixed: { seeds: [1, 2], tasks: ["noise 40 %"], train: { ...small(), family: "mixed" } },
    gain: { on: { task: "clean", student: "mlp" }, train: { ...small(), family: "gain" } },
  },
  protocol: { cells: 3, tuningSeeds: 1, pairedSeeds: 3, curveSeeds: 1 },
} as const;

function small() {
  return {
    keys: 2,
    "meta-steps": 2,
    students: 1,
    "measure-every": 4,
    "measure-dev": 30,
    "validate-every": 1,
    "validation-students": 1,
  };
}

export const tinyDeclaration = (over: Record<string, unknown> = {}): Declaration =>
  parseDeclaration({ ...tinyExperiment, ...over }, "tiny.json");
