import { Command } from "commander";
import { connect, pinKeys } from "@lectern/client/connect";
import { folderPins } from "@lectern/client/node";
import { writeArtifact } from "../release/index.ts";
import { homedir } from "node:os";
import { join } from "node:path";
import { readLogin } from "./logins.ts";
import { apiUrl, askApi, timeoutOption, tokenOption, urlOption } from "./api-flags.ts";
import { startProgress } from "./progress.ts";

interface Flags {
  url?: string;
  timeout: number;
  out?: string;
  trust: string[];
  pins?: string;
  acceptOlder: boolean;
  token?: string;
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
    .option(
      "--pins <folder>",
      "where the keys of publishers are remembered (default: ~/.lectern/pins; none for localhost)",
    )
    .option("--accept-older", "take an older version than a range led to before: after a yank", false)
    .addOption(tokenOption())
    .option("--quiet", "no progress", false)
    .action(async (teacher: string, flags: Flags) => {
      const url = apiUrl(flags.url);
      const pins = flags.pins ?? defaultPins(url);
      const { acceptOlder } = flags;
      const connection = connect(url, {
        timeoutMs: 1000 * flags.timeout,
        ...(pins !== undefined && { trust: pinKeys(folderPins(pins), { acceptOlder }) }),
        ...(await withToken(flags.token, url)),
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

/** An API on one's own machine is made anew too often to hold it to what it said before. */
function defaultPins(url: string): string | undefined {
  const isLocal = /^(localhost|127\.|\[::1\]$)/.test(new URL(url).hostname);
  return isLocal ? undefined : join(homedir(), ".lectern", "pins");
}

/** For private teachers: sent only to the address that the token was given for. */
async function withToken(flag: string | undefined, url: string): Promise<{ fetch?: typeof fetch }> {
  const token = flag ?? process.env.LECTERN_TOKEN ?? (await readLogin(url))?.token;
  if (!token) return {};
  const headers = { authorization: `Bearer ${token}` };
  return { fetch: (input, init) => fetch(input, { ...init, redirect: "manual", headers }) };
}
