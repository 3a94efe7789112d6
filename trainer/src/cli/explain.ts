import { access, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Command, Option } from "commander";
import { connect } from "@lectern/client/connect";
import { LecternError } from "@lectern/shared/errors";
import type { TeacherTensors } from "@lectern/client/lesson";
import { inspect, inWords, nominalTrajectory, type Inspection, type Subject } from "@lectern/client/inspect";
import {
  explainedRelease,
  openTeacherFolder,
  toExplanationPage,
  writePyTorch,
  writeTypeScript,
} from "../explain/index.ts";
import { writeAtomically } from "../storage/index.ts";
import { apiUrl, askApi, timeoutOption, urlOption } from "./api-flags.ts";

interface Flags {
  url?: string;
  timeout: number;
  out?: string;
  code: readonly (keyof typeof writers)[];
  dataDir?: string;
  json: boolean;
}

const writers = {
  typescript: { file: "teacher.ts", write: writeTypeScript },
  pytorch: { file: "teacher.py", write: writePyTorch },
} as const;

export const explainCommand = (): Command =>
  new Command("explain")
    .description(
      "Say what a teacher does over a student's training, in words and plots, and write its losses as plain code.",
    )
    .argument(
      "<teacher>",
      "a run's folder, a folder that lectern pull wrote, or name, name@1.2.0, name@^1 of the API",
    )
    .addOption(urlOption())
    .addOption(timeoutOption())
    .option(
      "--out <folder>",
      "for explanation.html, explanation.json and the code (default: explanations/TEACHER)",
    )
    .addOption(
      new Option("--code <languages...>", "write the teacher as plain code, too")
        .choices(Object.keys(writers))
        .default([]),
    )
    .option("--data-dir <folder>", "folder with the data sets of a run's task (or set LECTERN_DATA)")
    .option("--json", "print the explanation as JSON instead of words", false)
    .action(async (source: string, flags: Flags) => {
      const teacher = await openSource(source, flags);
      const moments = nominalTrajectory(teacher);
      const explanation = inspect(teacher, moments, "a nominal student");
      const out = flags.out ?? join("explanations", teacher.label.replaceAll(/[^\w.-]+/g, "-"));
      const words = inWords(explanation);
      const files: [string, string][] = [
        [
          "explanation.json",
          `${JSON.stringify({ words, ...explanation, moments: plainMoments(explanation) })}\n`,
        ],
        ["explanation.html", toExplanationPage(explanation, moments)],
        ...flags.code.map((language): [string, string] => [
          writers[language].file,
          writers[language].write(teacher),
        ]),
      ];
      await writeAll(out, files);
      process.stdout.write(
        flags.json
          ? files[0]![1]
          : `${teacher.label}\n${words.map((sentence) => `- ${sentence}`).join("\n")}\n`,
      );
      process.stderr.write(`Written to ${out}: ${files.map(([name]) => name).join(", ")}\n`);
    });

/** A folder, if there is one of that name; else a teacher of the API. */
async function openSource(source: string, flags: Flags): Promise<Subject> {
  const isFolder = await access(source).then(
    () => true,
    () => false,
  );
  if (isFolder) return openTeacherFolder(source, { dataDir: flags.dataDir });
  if (/[\\/]/.test(source))
    throw new LecternError(
      "not-found",
      `There is no folder ${source}.`,
      "Pass a run's folder, a folder that lectern pull wrote, or a teacher's name.",
    );
  const connection = connect(apiUrl(flags.url), { timeoutMs: 1000 * flags.timeout });
  const { manifest, tensors } = await askApi(connection.teacher(source));
  return explainedRelease(manifest, tensors as TeacherTensors);
}

const plainMoments = ({ moments }: Inspection) =>
  moments.map((moment) => ({
    ...moment,
    phi: Object.fromEntries(
      Object.entries(moment.phi).map(([name, { shape, data }]) => [name, { shape, data: Array.from(data) }]),
    ),
  }));

async function writeAll(out: string, files: readonly (readonly [string, string])[]): Promise<void> {
  try {
    await mkdir(out, { recursive: true });
    for (const [name, content] of files) await writeAtomically(join(out, name), content);
  } catch (cause) {
    throw new LecternError(
      "io",
      `The explanation can't be written to ${out}.`,
      "Choose a folder that you may write to with --out.",
      { cause },
    );
  }
}
