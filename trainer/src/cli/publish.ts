import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Command } from "commander";
import { publishTeacher } from "@lectern/client/connect";
import { manage } from "@lectern/client/manage";
import type { EvaluationTable } from "@lectern/shared/schema";
import { parseEvaluationResult, toEvaluationTable } from "../evaluate/index.ts";
import {
  composeRelease,
  defaultKeyPath,
  expectPublishable,
  isArtifactFolder,
  openSigningKey,
  readArtifact,
  writeArtifact,
} from "../release/index.ts";
import { identify, readCheckpoint } from "../train/index.ts";
import { apiUrl, askApi, credentialsFor, timeoutOption, tokenOption, urlOption } from "./api-flags.ts";
import type { Login } from "./logins.ts";
import { startProgress } from "./progress.ts";

interface Flags {
  name?: string;
  releaseVersion?: string;
  description: string;
  license: string;
  publisher?: string;
  private: boolean;
  url?: string;
  timeout: number;
  token?: string;
  key: string;
  dataDir?: string;
  quiet: boolean;
}

export const publishCommand = (): Command =>
  new Command("publish")
    .description(
      "Sign a run's best teacher and publish it; or publish a folder that pull or an earlier publish wrote.",
    )
    .argument("<folder>", "a run (lectern train), or a released teacher (manifest.json, weights.safetensors)")
    .option("--name <name>", "of the teacher: lower-case words joined by hyphens")
    .option("--release-version <version>", "semantic, such as 1.0.0")
    .option("--description <text>", "one or two sentences", "")
    .option("--license <spdx>", "of the weights", "MIT")
    .option("--publisher <name>", "who signs: the token's owner (default: whoever it is)")
    .addOption(urlOption())
    .addOption(timeoutOption())
    .addOption(tokenOption())
    .option("--private", "where this is the name's first publication: for your tokens only", false)
    .option("--key <file>", "signing key; made on first use", defaultKeyPath())
    .option("--data-dir <folder>", "for class names of a task on disk")
    .option("--quiet", "no progress", false)
    .action(async (folder: string, flags: Flags, command: Command) => {
      const url = apiUrl(flags.url);
      const login = await credentialsFor(flags.token, url);
      const released = await isArtifactFolder(folder);
      const artifact = released
        ? await readArtifact(folder)
        : await release(folder, { ...flags, url, login }, command);
      let progress: ReturnType<typeof startProgress> | undefined;
      const published = await askApi(
        publishTeacher(url, {
          signed: artifact.signed,
          weights: artifact.weights,
          token: login.token,
          ...(flags.private && { visibility: "private" as const }),
          timeoutMs: 1000 * flags.timeout,
          onProgress({ sentBytes, totalBytes }) {
            progress ??= startProgress({ unit: "bytes", total: totalBytes, quiet: flags.quiet });
            progress.update(sentBytes);
          },
        }),
      ).finally(() => progress?.stop());
      // A copy of what is published now, and of nothing else.
      if (!released) await writeArtifact(join(folder, "release"), artifact);
      process.stdout.write(
        `Published ${published.name} ${published.version} (${published.weights.bytes} bytes, sha256 ${published.weights.sha256.slice(0, 12)}…) at ${url}\n` +
          `Pull it with: lectern pull ${published.name}@${published.version} --url ${url}\n`,
      );
    });

async function release(run: string, flags: Flags & { url: string; login: Login }, command: Command) {
  if (!flags.name || !flags.releaseVersion)
    command.error(
      "error: publishing a run needs --name and --release-version, such as --name glyphs-noise --release-version 1.0.0",
    );
  const { description, license, url, login } = flags;
  const known = flags.publisher ?? login.owner;
  const unsigned = { name: flags.name!, version: flags.releaseVersion!, description, license };
  // All that can be told without the API, before it is asked.
  await expectPublishable(run, { ...unsigned, publisher: known ?? "unknown" });
  const label = { ...unsigned, publisher: known ?? (await askOwner(url, login.token, flags.timeout)) };
  const { key, created } = await openSigningKey(flags.key);
  if (created)
    process.stderr.write(
      `Made a signing key at ${flags.key}. Back it up: it is who you are as a publisher.\n`,
    );
  const evaluation = await evaluationOf(run);
  return composeRelease(run, {
    ...label,
    key,
    ...(evaluation && { evaluation }),
    dataDir: flags.dataDir,
  });
}

/** Clients pin keys by the publisher that a manifest names, so the API takes no other than the token's owner. */
async function askOwner(url: string, token: string, timeout: number): Promise<string> {
  const { owner } = await askApi(manage(url, { token, timeoutMs: 1000 * timeout }).whoAmI());
  return owner;
}

/** The table of the run's evaluation, if it has had one and it is of the θ that is released now. */
async function evaluationOf(run: string): Promise<EvaluationTable | undefined> {
  const folder = join(run, "evaluation");
  const read = (name: string) => readFile(join(folder, name), "utf8").catch(() => undefined);
  const [text, evaluated] = [await read("evaluation.json"), await read("evaluated.json")];
  if (text === undefined) return undefined;
  if (evaluated?.trim() === JSON.stringify(identify(await readCheckpoint(run))))
    return toEvaluationTable(parseEvaluationResult(text, join(folder, "evaluation.json")));
  process.stderr.write(
    `${folder} is of another θ than the one released now: it is left out. Run lectern evaluate ${run} again to publish with one.\n`,
  );
  return undefined;
}
