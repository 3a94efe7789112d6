import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { isLecternError, LecternError } from "@lectern/shared/errors";
import { startProgress, type Progress } from "../trainer/src/cli/progress.ts";
import type { StoryResult } from "../client/page/story.ts";
import { buildPage } from "./build-page.ts";
import { startApi } from "./dev-server.ts";
import { percent, runStory } from "./story.ts";

const top = fileURLToPath(new URL("..", import.meta.url));
const usage = "Usage: npm start [-- --once] [--seed N] [--port PORT] [--workers N]";

interface Flags {
  once: boolean;
  seed: number;
  port: number;
  workers: number;
}

function readFlags(): Flags {
  try {
    const { values } = parseArgs({
      options: {
        once: { type: "boolean", default: false },
        seed: { type: "string", default: "1" },
        port: { type: "string", default: "8787" },
        workers: { type: "string", default: String(availableParallelism()) },
      },
    });
    const number = (name: "seed" | "port" | "workers", low: number, high: number) => {
      const value = Number(values[name]);
      if (Number.isInteger(value) && value >= low && value <= high) return value;
      throw new LecternError(
        "invalid-argument",
        `--${name} is "${values[name]}", expected a whole number from ${low} to ${high}.`,
        usage,
      );
    };
    return {
      once: values.once,
      seed: number("seed", 0, 1_000_000),
      port: number("port", 0, 65_535),
      workers: number("workers", 1, 64),
    };
  } catch (error) {
    if (isLecternError(error)) throw error;
    throw new LecternError("invalid-argument", `${(error as Error).message}.`, usage);
  }
}

async function main(): Promise<void> {
  const flags = readFlags();
  const begun = performance.now();
  const outDir = join(top, "api/public");
  await buildPage({ outDir });
  // First, so that a busy port is said before minutes of work.
  const api = await startApi({ port: flags.port, quiet: true });
  let bar: Progress | undefined;
  const endPart = () => {
    bar?.stop();
    bar = undefined;
  };
  try {
    const story = await runStory({
      ...flags,
      api,
      home: join(top, ".lectern/story"),
      onPart(title) {
        endPart();
        say(`\n${title}`);
      },
      onProgress(done, total, note) {
        bar ??= startProgress({ unit: "done", total, from: done - 1 });
        bar.update(done, note, total);
      },
      onSaid(line) {
        endPart();
        say(line);
      },
    });
    endPart();
    await writeFile(join(outDir, "story.json"), `${JSON.stringify(story)}\n`);
    say(`\n${renderStory(story)}`);
    say(`\nTook ${Math.round((performance.now() - begun) / 1000)} s, set-up apart.`);
  } catch (error) {
    endPart();
    await api.stop();
    throw error;
  }
  if (flags.once) return api.stop();
  say(
    `\nPage:  ${api.url}/\nAPI:   ${api.url}/v1/teachers   (document: ${api.url}/openapi.json)\nPress Ctrl-C to stop.`,
  );
}

/** The result as a table with a drawing: each student's two errors on one scale. */
export function renderStory(story: StoryResult): string {
  const { bestFixed, students, meanTeacher, meanFixed, relative, teacher, task } = story;
  const worst = Math.max(...students.flatMap((s) => [s.teacherError, s.fixedError]));
  const bar = (error: number) => "█".repeat(Math.max(1, Math.round((30 * error) / worst)));
  const parameter = bestFixed.parameter === null ? "" : ` ${bestFixed.parameter.toPrecision(2)}`;
  const fixedName = `${bestFixed.name}${parameter}`;
  const width = Math.max(fixedName.length, teacher.name.length);
  const rows = students.flatMap((s, i) => [
    `  student ${i + 1}  ${teacher.name.padEnd(width)}  ${percent(s.teacherError).padStart(8)}  ${bar(s.teacherError)}`,
    `             ${fixedName.padEnd(width)}  ${percent(s.fixedError).padStart(8)}  ${bar(s.fixedError)}`,
  ]);
  const wins = students.filter((s) => s.teacherError < s.fixedError).length;
  const verdict =
    relative < 0
      ? `The teacher's students err ${(-100 * relative).toFixed(1)} % less than those of the best tuned fixed loss`
      : `The best tuned fixed loss wins this time, by ${(100 * relative).toFixed(1)} %`;
  return [
    `Test error on ${task.testExamples} examples that no student saw:`,
    ...rows,
    `  mean       ${teacher.name.padEnd(width)}  ${percent(meanTeacher).padStart(8)}  ${bar(meanTeacher)}`,
    `             ${fixedName.padEnd(width)}  ${percent(meanFixed).padStart(8)}  ${bar(meanFixed)}`,
    `${verdict} (better for ${wins} of ${students.length} students).`,
  ].join("\n");
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

if (import.meta.main)
  await main().catch((error: unknown) => {
    process.stderr.write(`${isLecternError(error) ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
