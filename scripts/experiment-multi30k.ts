import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { isLecternError } from "@lectern/shared/errors";
import { useBackend } from "../trainer/src/backend/index.ts";
import { installOverlay } from "../trainer/src/overlay/index.ts";
import { followCourse } from "./multi30k/course.ts";
import { openMulti30k, searches, type Family } from "./multi30k/ground.ts";
import { evaluateAll } from "./multi30k/evaluate.ts";
import { printResult, type Stages } from "./multi30k/result.ts";
import { train } from "./multi30k/train.ts";
import { correlate, tuneAll } from "./multi30k/tune.ts";

/**
 * A small Transformer on Multi30k (German to English) under a `low-rank` or an `invariant` teacher, against tuned fixed losses of the same
 * compute, by docs/translation.md. What is done is kept in the run's folder: killed, it goes on with the student that it
 * was teaching, or with the beginning of meta-training.
 */
const top = fileURLToPath(new URL("..", import.meta.url));
const { values } = parseArgs({
  options: {
    "data-dir": { type: "string" },
    out: { type: "string" },
    family: { type: "string", default: "low-rank" },
    "rivals-of": { type: "string" },
    fresh: { type: "boolean", default: false },
  },
});
const family = Object.keys(searches).find((each) => each === values.family) as Family | undefined;
if (family === undefined) {
  process.stderr.write(
    `There is no experiment of the family ${values.family}. Choose low-rank or invariant.\n`,
  );
  process.exit(1);
}
const home = join(top, values.out ?? `runs/multi30k-${family}`);
if (values.fresh) await rm(home, { recursive: true, force: true });
await mkdir(home, { recursive: true });
const file = join(home, "stages.json");
const read = async (path: string) => JSON.parse(await readFile(path, "utf8")) as Stages;
/** Another run's rivals are this one's: neither tuning nor their students know of a teacher. */
const borrow = async (folder: string): Promise<Stages> => {
  const { tuned, course, evaluation } = await read(join(top, folder, "stages.json"));
  const rivals = (evaluation ?? []).filter(({ name }) => !name.startsWith("teacher"));
  return { ...(tuned && { tuned }), ...(course && { course }), evaluation: rivals };
};
const stages: Stages = existsSync(file)
  ? await read(file)
  : values["rivals-of"] === undefined
    ? {}
    : await borrow(values["rivals-of"]);
const keep = () => writeFile(file, `${JSON.stringify(stages, null, 1)}\n`);
const say = (line: string) => process.stderr.write(`${line}\n`);

try {
  await useBackend("wasm");
  installOverlay();
  const ground = await openMulti30k(family, values["data-dir"]);
  const begun = process.cpuUsage().user;
  const spent = stages.cpuSeconds ?? 0;
  const save = async () => {
    stages.cpuSeconds = spent + (process.cpuUsage().user - begun) / 1e6;
    await keep();
  };
  await tuneAll(ground, stages, save, say);
  correlate(stages, say);
  await train(ground, stages, save, say);
  await evaluateAll(ground, stages, save, say);
  await followCourse(ground, stages, save, say);
  const published = join(top, "experiments/multi30k-transformer");
  await mkdir(published, { recursive: true });
  const { markdown, json } = printResult(ground, stages);
  await writeFile(join(published, `${family}.md`), markdown);
  await writeFile(join(published, `${family}.json`), json);
  process.stdout.write(markdown);
} catch (error) {
  if (!isLecternError(error)) throw error;
  say(error.message);
  process.exitCode = 1;
}
