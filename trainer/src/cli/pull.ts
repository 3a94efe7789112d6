import { Command } from "commander";
import { connect } from "@lectern/client/connect";
import { writeArtifact } from "../release/index.ts";
import { apiUrl, askApi, timeoutOption, urlOption } from "./api-flags.ts";
import { startProgress } from "./progress.ts";

interface Flags {
  url?: string;
  timeout: number;
  out?: string;
  trust: string[];
  quiet: boolean;
}

export const pullCommand = (): Command =>
  new Command("pull")
    .description("Fetch a teacher, verify its signature and digest, and write it to a folder.")
    .argument("<teacher>", "name, name@1.2.0 or name@^1")
    .addOption(urlOption())
    .addOption(timeoutOption())
    .option(
      "--out <folder>",
      "where to write manifest.json and weights.safetensors (default: teachers/NAME-VERSION)",
    )
    .option("--trust <keys...>", "accept these publishers' public keys only (base64)", [])
    .option("--quiet", "no progress", false)
    .action(async (teacher: string, flags: Flags) => {
      const connection = connect(apiUrl(flags.url), {
        timeoutMs: 1000 * flags.timeout,
        ...(flags.trust.length > 0 && { trustedKeys: flags.trust }),
      });
      let progress: ReturnType<typeof startProgress> | undefined;
      const pulled = await askApi(
        connection.teacher(teacher, {
          onProgress({ receivedBytes, totalBytes }) {
            progress ??= startProgress({ unit: "bytes", total: totalBytes, quiet: flags.quiet });
            progress.update(receivedBytes);
          },
        }),
      ).finally(() => progress?.stop());
      const { name, version, publisher, weights } = pulled.manifest;
      const out = flags.out ?? `teachers/${name}-${version}`;
      await writeArtifact(out, pulled);
      process.stdout.write(
        `${name} ${version} by ${publisher.name} → ${out}\n` +
          `signature by ${publisher.publicKey} verified · sha256 ${weights.sha256} verified · ${weights.bytes} bytes\n`,
      );
    });
