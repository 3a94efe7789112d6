import { readFile, rename, writeFile } from "node:fs/promises";
import { cpus, loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { selectBackend, type BackendName } from "@lectern/client/backends";
import { measureLoop, measureTeach, type Cost, type CostOptions } from "./cost-case.ts";
import { measurement } from "./bench-teacher.ts";
import { studentNames, type StudentName } from "./students.ts";

/**
 * npm run bench:client-cost [-- --backends wasm,webgpu --students mlp,lenet,resnet8 --steps 250 --batch 32]: a taught step
 * beside a step with TensorFlow.js' own cross-entropy, in turn, in one process. Milliseconds are the processor's (user and
 * system time of all threads). WebGPU in Node is Dawn; without a GPU it runs on SwiftShader, on the processor, and says so.
 */
const { values } = parseArgs({
  options: {
    backends: { type: "string", default: "wasm,webgpu" },
    students: { type: "string", default: studentNames.join() },
    steps: { type: "string" },
    batch: { type: "string" },
  },
});

/** Of an emulated GPU no more than shows the ratio: a step takes seconds there. */
function sizesOf(
  student: StudentName,
  software: boolean,
): Pick<CostOptions, "batchSize" | "steps" | "devExamples"> {
  const steps = software ? { mlp: 150, lenet: 60, resnet8: 52 } : { mlp: 1000, lenet: 400, resnet8: 150 };
  const batch = software ? { mlp: 32, lenet: 4, resnet8: 2 } : { mlp: 32, lenet: 32, resnet8: 32 };
  return {
    steps: Number(values.steps ?? steps[student]),
    batchSize: Number(values.batch ?? batch[student]),
    devExamples: software ? 20 : measurement.devExamples,
  };
}

const swiftShader = "/usr/lib/chromium/vk_swiftshader_icd.json";
process.env["VK_ICD_FILENAMES"] ??= swiftShader;

interface Row extends Cost {
  readonly backend: string;
  readonly device: string;
  readonly student: StudentName;
  readonly way: "teach" | "own loop";
  readonly batchSize: number;
  readonly steps: number;
  readonly devExamples: number;
  readonly processor: string;
  /** What else the machine did: its load average as the run began. */
  readonly load: number;
}

const file = fileURLToPath(new URL("../results/client-cost.json", import.meta.url));
const processor = `${cpus()[0]!.model.trim()}, ${cpus().length} cores`;
const nameOf = ({ backend, student, way }: Row): string => `${backend} ${student} ${way}`;

/** Puts a row in the place of the one before; what isn't measured this time stays. */
async function keep(row: Row): Promise<void> {
  const before = await readFile(file, "utf8").catch(() => '{ "rows": [] }');
  const { rows } = JSON.parse(before) as { rows: Row[] };
  const all = [...rows.filter((other) => nameOf(other) !== nameOf(row)), row];
  const sorted = all.toSorted((a, b) => nameOf(a).localeCompare(nameOf(b)));
  await writeFile(`${file}.partial`, `${JSON.stringify({ measurement, rows: sorted }, null, 2)}\n`);
  await rename(`${file}.partial`, file);
}

const load = loadavg()[0]!;
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
process.stdout.write(`load ${load.toFixed(1)} on ${processor}\n`);
process.stdout.write(
  "backend  student  way       batch  built-in ms  quiet step (95 %)       watched  step   measurement ms  of the time\n",
);
for (const backend of values.backends.split(",") as BackendName[]) {
  const selected = await selectBackend({ order: [backend], allowSoftware: true });
  const name = selected.software ? `${backend}*` : backend;
  for (const student of values.students.split(",") as StudentName[]) {
    const sizes = sizesOf(student, selected.software);
    const options = { student, ...sizes, asynchronous: backend === "webgpu" };
    for (const [way, measure] of [
      ["teach", measureTeach],
      ["own loop", measureLoop],
    ] as const) {
      const cost = await measure(options);
      await keep({ backend, device: selected.device, student, way, ...sizes, processor, load, ...cost });
      const { quiet, watched } = cost;
      process.stdout.write(
        [
          name.padEnd(8),
          student.padEnd(8),
          way.padEnd(9),
          String(sizes.batchSize).padStart(5),
          cost.plainMs.toFixed(2).padStart(12),
          `  ${quiet.ratio.toFixed(3)} (${quiet.low.toFixed(3)}–${quiet.high.toFixed(3)}, ${quiet.pairs})`.padEnd(
            25,
          ),
          watched.ratio.toFixed(3),
          ` ${cost.step.toFixed(3)}`,
          cost.measurementMs.toFixed(1).padStart(15),
          percent(cost.measurementShare).padStart(12),
        ].join(" ") + "\n",
      );
    }
  }
  if (selected.software) process.stdout.write(`* emulated on the processor: ${selected.device}\n`);
  selected.close();
}
