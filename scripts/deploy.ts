import { spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { isLecternError, LecternError } from "@lectern/shared/errors";
import { buildPage } from "./build-page.ts";

const top = fileURLToPath(new URL("..", import.meta.url));
const environments = ["staging", "production"] as const;

export interface DeployOptions {
  environment: (typeof environments)[number];
  /** Builds everything as it would be deployed, and sends nothing: no account and no network are needed. */
  dryRun?: boolean;
  /** Where a dry run leaves the bundle. */
  outDir?: string;
  /** Gets what wrangler says. */
  say?: (text: string) => void;
}

/**
 * Deploys the API: the page is built, the remote database's migrations are applied, then the Worker is replaced. In this
 * order, as migrations are made so that the Worker before them goes on working (docs/runbook.md).
 *
 * @throws LecternError `invalid-argument` for another environment, `bad-response` when wrangler fails; nothing further
 * happens then
 * @example
 * ```ts
 * await deploy({ environment: "staging", dryRun: true });
 * ```
 */
export async function deploy({
  environment,
  dryRun = false,
  outDir = join(top, ".lectern/deploy"),
  say = (text) => void process.stdout.write(text),
}: DeployOptions): Promise<void> {
  if (!environments.includes(environment)) {
    throw new LecternError(
      "invalid-argument",
      `The environment is ${JSON.stringify(environment)}, expected ${environments.join(" or ")}.`,
      "Pass --env staging first.",
    );
  }
  await buildPage();
  if (dryRun) {
    await wrangler(["deploy", "--env", environment, "--dry-run", "--outdir", outDir], say);
    return;
  }
  await wrangler(["d1", "migrations", "apply", "DB", "--env", environment, "--remote"], say);
  await wrangler(["deploy", "--env", environment], say);
}

async function wrangler(args: readonly string[], say: (text: string) => void): Promise<void> {
  const child = spawn(process.execPath, [join(top, "node_modules/wrangler/bin/wrangler.js"), ...args], {
    cwd: top,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      // Answers its questions; without a terminal it would not ask.
      CI: "true",
      WRANGLER_SEND_METRICS: "false",
      WRANGLER_SEND_ERROR_REPORTS: "false",
    },
  });
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => say(chunk.toString()));
  const code = await new Promise<number | null>((done, fail) =>
    child.once("error", fail).once("close", done),
  );
  if (code === 0) return;
  throw new LecternError(
    "bad-response",
    `wrangler ${args.slice(0, 3).join(" ")} ended with ${code}.`,
    "See above what it says; `npx wrangler login` comes first, and docs/runbook.md says what to set up once.",
  );
}

if (import.meta.main) {
  try {
    const { values } = parseArgs({
      options: {
        env: { type: "string", default: "staging" },
        "dry-run": { type: "boolean", default: false },
      },
    });
    await deploy({ environment: values.env as DeployOptions["environment"], dryRun: values["dry-run"] });
  } catch (error) {
    process.stderr.write(`${isLecternError(error) ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
