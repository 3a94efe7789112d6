import { text } from "node:stream/consumers";
import { createInterface } from "node:readline/promises";
import { Command } from "commander";
import { manage } from "@lectern/client/manage";
import { LecternError } from "@lectern/shared/errors";
import { apiUrl, askApi, timeoutOption, urlOption } from "./api-flags.ts";
import { writeLogin } from "./logins.ts";

interface Flags {
  url?: string;
  timeout: number;
  token?: string;
  out: boolean;
}

export const loginCommand = (): Command =>
  new Command("login")
    .description("Check a token against an API, and keep it for the commands that need one (mode 600).")
    .addOption(urlOption())
    .addOption(timeoutOption())
    .option("--token <token>", "instead of typing it, or piping it in")
    .option("--out", "forget the token instead", false)
    .action(async ({ url: flag, timeout, token: given, out }: Flags) => {
      const url = apiUrl(flag);
      if (out) {
        await writeLogin(url, undefined);
        return void process.stdout.write(
          `Logged out of ${url}. The token is still good: lectern token revoke ends that.\n`,
        );
      }
      const token = (given ?? (await askToken(url))).trim();
      if (!/^lec_[\w-]{20,128}$/.test(token)) {
        throw new LecternError(
          "invalid-argument",
          "This isn't a token: they begin with lec_ and have no blanks.",
          "Paste it as it was given out.",
        );
      }
      const { owner, scopes, names, expiresAt } = await askApi(
        manage(url, { token, timeoutMs: 1000 * timeout }).whoAmI(),
      );
      const path = await writeLogin(url, { token, owner });
      const limits = [
        scopes.join(", "),
        names && `for ${names.join(", ")}`,
        expiresAt && `until ${expiresAt}`,
      ];
      process.stdout.write(
        `Logged in at ${url} as ${owner} (${limits.filter(Boolean).join("; ")}). Kept in ${path}\n`,
      );
    });

async function askToken(url: string): Promise<string> {
  if (!process.stdin.isTTY) return text(process.stdin);
  const line = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await line.question(`Token for ${url}: `);
  } finally {
    line.close();
  }
}
