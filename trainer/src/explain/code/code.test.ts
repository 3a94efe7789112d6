import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  emit,
  familyOf,
  plainAlgebra,
  registerFamily,
  registerFurtherFamilies,
  stateVector,
} from "@lectern/shared/teacher";
import tempered from "../../../../docs/examples/my-family.ts";
import type { Subject } from "@lectern/client/inspect";
import { waveTeacher } from "../../../../client/src/testing/wave-teacher.ts";
import { writePyTorch } from "./write-pytorch.ts";
import { writeTypeScript } from "./write-typescript.ts";

registerFamily("tempered", tempered);
registerFurtherFamilies();

const host = plainAlgebra(Float64Array);
const teachers: [string, Subject][] = [
  ["mixed, attention, pooled", waveTeacher()],
  [
    "bilinear, gate, full",
    waveTeacher({ family: "bilinear", architecture: { kind: "gate" }, featureSet: "full" }),
  ],
  ["gain, attention, no-dev", waveTeacher({ family: "gain", featureSet: "no-dev" })],
  ["invariant, attention, pooled", waveTeacher({ family: "invariant" })],
  ["taylor, attention, no-dev", waveTeacher({ family: "taylor", featureSet: "no-dev" })],
  ["a family of one's own", waveTeacher({ family: "tempered" })],
];
const state = {
  time: 0.3,
  train: { accuracy: 0.61, crossEntropy: 1.07, confidence: 0.55, confidenceSpread: 0.21 },
  dev: { accuracy: 0.7, precision: [0.5, 0.8, 0, 0.9] },
};
const logits = [2, -1, 0.5, 0, -3, 1, 4, 0.25];
const target = [0, 0, 1, 0, 0.1, 0.2, 0.3, 0.4];

/** What the teacher itself gives, in float64: φ by name, and the losses. */
function expected({ network: { spec, theta, features } }: Subject) {
  const phi = emit(host, spec, theta, host.tensor(stateVector(features, state), [features.length]));
  const rows = (values: number[]) => host.tensor(values, [2, 4]);
  const losses = familyOf(spec.family).losses(host, phi, rows(logits), rows(target));
  return {
    phi: Object.fromEntries(Object.entries(phi).map(([name, { data }]) => [name, Array.from(data)])),
    losses: Array.from(losses.data),
  };
}

let folder: string;

beforeAll(async () => {
  tf.env().set("PROD", true);
  await tf.setBackend("cpu");
  // Inside the repository, so that the code finds TensorFlow.js.
  folder = mkdtempSync(fileURLToPath(new URL("../../../../node_modules/.explain-", import.meta.url)));
});
afterAll(() => rmSync(folder, { recursive: true }));

const close = (found: readonly number[], wanted: readonly number[], tolerance: number) => {
  expect(found).toHaveLength(wanted.length);
  for (const [i, value] of wanted.entries())
    expect(Math.abs(found[i]! - value), `value ${i}`).toBeLessThanOrEqual(
      tolerance * Math.max(1, Math.abs(value)),
    );
};

test.each(teachers)("the TypeScript code gives the teacher's numbers: %s", async (_, teacher) => {
  const file = join(folder, `${teacher.network.spec.family}.ts`);
  writeFileSync(file, writeTypeScript(teacher));
  const code = (await import(file)) as {
    emit(student: typeof state): Record<string, tf.Tensor>;
    losses(phi: Record<string, tf.Tensor>, logits: tf.Tensor, target: tf.Tensor): tf.Tensor;
  };
  const before = tf.memory().numTensors;
  const wanted = expected(teacher);
  const phi = code.emit(state);
  expect(tf.memory().numTensors - before).toBe(Object.keys(wanted.phi).length);
  for (const [name, values] of Object.entries(wanted.phi))
    close(Array.from(phi[name]!.dataSync()), values, 2e-6);
  const losses = tf.tidy(() =>
    Array.from(code.losses(phi, tf.tensor2d(logits, [2, 4]), tf.tensor2d(target, [2, 4])).dataSync()),
  );
  close(losses, wanted.losses, 5e-6);
  tf.dispose(phi);
});

test("the TypeScript code satisfies the strictest compiler", () => {
  const files = teachers.map(([, teacher]) => {
    const file = join(folder, `strict-${teacher.network.spec.family}.ts`);
    writeFileSync(file, writeTypeScript(teacher));
    return file;
  });
  const tsc = fileURLToPath(new URL("../../../../node_modules/typescript/bin/tsc", import.meta.url));
  const flags =
    "--ignoreConfig --noEmit --strict --noUncheckedIndexedAccess --skipLibCheck --target es2022 --module nodenext --types node";
  const { stdout, status } = spawnSync(process.execPath, [tsc, ...flags.split(" "), ...files], {
    encoding: "utf8",
  });
  expect(stdout).toBe("");
  expect(status).toBe(0);
});

const python = "/usr/bin/python3";
const hasTorch = spawnSync(python, ["-c", "import torch"]).status === 0;

test.skipIf(!hasTorch)("the PyTorch code gives the teacher's numbers (needs Debian's python3-torch)", () => {
  for (const [i, [, teacher]] of teachers.entries())
    writeFileSync(join(folder, `teacher_${i}.py`), writePyTorch(teacher));
  writeFileSync(
    join(folder, "run.py"),
    `import importlib, json, torch
out = []
for i in range(${teachers.length}):
    teacher = importlib.import_module(f"teacher_{i}")
    phi = teacher.emit(json.loads('${JSON.stringify(state)}'), dtype=torch.float64)
    rows = lambda values: torch.tensor(values, dtype=torch.float64).reshape(2, 4)
    losses = teacher.losses(phi, rows(${JSON.stringify(logits)}), rows(${JSON.stringify(target)}))
    out.append({"phi": {k: v.flatten().tolist() for k, v in phi.items()}, "losses": losses.tolist()})
print(json.dumps(out))`,
  );
  const found = JSON.parse(
    execFileSync(python, ["run.py"], {
      cwd: folder,
      encoding: "utf8",
      env: { PYTHONDONTWRITEBYTECODE: "1" },
    }),
  ) as ReturnType<typeof expected>[];
  for (const [i, [, teacher]] of teachers.entries()) {
    const wanted = expected(teacher);
    for (const [name, values] of Object.entries(wanted.phi)) close(found[i]!.phi[name]!, values, 1e-12);
    close(found[i]!.losses, wanted.losses, 1e-12);
  }
});
