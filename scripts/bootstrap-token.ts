import { spawn } from "node:child_process";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { isLecternError, LecternError } from "@lectern/shared/errors";
import { generateToken, registrationSql } from "./tokens.ts";

const top = fileURLToPath(new URL("..", import.meta.url));

export interface BootstrapOptions {
  /**
   * Registers this signing key, endorsed by none of the earlier ones, which clients that have pinned one of those refuse:
   * for a first key, or after a loss. Without it the first publication registers its own.
   */
  publicKey?: string | undefined;
  /** With blanks between; all by default. */
  scopes?: string | undefined;
  /** The deployed database, with the credentials that wrangler has; else the local one. */
  remote?: boolean;
  /** Of the local database: what the dev server was given. */
  persistTo?: string;
}

/**
 * Makes a publisher's token and stores its hash through `wrangler d1 execute`. Nobody can read the token afterwards.
 *
 * @returns the token
 * @throws LecternError `invalid-argument` for a malformed owner or key, `bad-response` when wrangler fails
 * @example
 * ```ts
 * const token = await bootstrapToken("ada", { remote: true });
 * ```
 */
export async function bootstrapToken(
  owner: string,
  { publicKey, scopes, remote = false, persistTo = join(top, ".lectern/api") }: BootstrapOptions = {},
): Promise<string> {
  const token = generateToken();
  const command = registrationSql({ token, owner, publicKey, ...(scopes !== undefined && { scopes }) }).join(
    "; ",
  );
  const where = remote ? ["--remote"] : ["--local", "--persist-to", resolve(persistTo)];
  await runWrangler(["d1", "execute", "lectern", ...where, "--yes", "--command", command]);
  return token;
}

async function runWrangler(args: string[]): Promise<void> {
  const wrangler = join(top, "node_modules/wrangler/bin/wrangler.js");
  const child = spawn(process.execPath, [wrangler, ...args, "--config", join(top, "wrangler.toml")], {
    cwd: top,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      WRANGLER_SEND_METRICS: "false",
      WRANGLER_SEND_ERROR_REPORTS: "false",
      WRANGLER_HIDE_BANNER: "true",
      NO_COLOR: "1",
    },
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const code = await new Promise<number | null>((done, fail) =>
    child.once("error", fail).once("close", done),
  );
  if (code === 0) return;
  throw new LecternError(
    "bad-response",
    `wrangler d1 execute failed: ${said.match(/ERROR\S* (.*)/)?.[1] ?? said.trim()}.`,
    "Apply the migrations first (npx wrangler d1 migrations apply lectern --local or --remote); --remote needs npx wrangler login.",
  );
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      owner: { type: "string", default: "" },
      "public-key": { type: "string" },
      scopes: { type: "string" },
      remote: { type: "boolean", default: false },
      local: { type: "boolean", default: false },
      "persist-to": { type: "string", default: join(top, ".lectern/api") },
    },
  });
  const { owner, remote, scopes, "public-key": publicKey, "persist-to": persistTo } = values;
  const token = await bootstrapToken(owner, { publicKey, scopes, remote, persistTo });
  process.stdout.write(`${token}\n`);
  process.stderr.write(`This is the token of ${owner}. It is shown once; keep it like a password.\n`);
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    process.stderr.write(`${isLecternError(error) ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
