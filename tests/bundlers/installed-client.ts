import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { buildClient } from "../../scripts/build-client.ts";

const top = fileURLToPath(new URL("../..", import.meta.url));
const run = promisify(execFile);

export interface InstalledClient extends AsyncDisposable {
  /** A user's project: the app of tests/bundlers/app, and node_modules with the client from its tarball. */
  readonly folder: string;
  readonly tarball: string;
  /** The client's own folder in there. */
  readonly installed: string;
}

/**
 * Builds the client, packs it, and installs the tarball in an empty folder, without any network: it has no dependency.
 * TensorFlow.js, which its user installs, is linked from the repository.
 */
export async function installClient(): Promise<InstalledClient> {
  const folder = await mkdtemp(join(tmpdir(), "lectern-user-"));
  const built = join(folder, "built");
  await buildClient({ outDir: built });
  const { stdout } = await npm(["pack", "--json", "--pack-destination", folder], built);
  const packed = JSON.parse(stdout) as { filename: string }[] | Record<string, { filename: string }>;
  const tarball = join(folder, Object.values(packed)[0]!.filename);
  const app = join(folder, "app");
  await cp(join(top, "tests/bundlers/app"), app, { recursive: true });
  await writeFile(join(app, "package.json"), JSON.stringify({ name: "app", private: true, type: "module" }));
  await npm(["install", "--offline", "--legacy-peer-deps", "--no-package-lock", tarball], app);
  await mkdir(join(app, "node_modules"), { recursive: true });
  await symlink(join(top, "node_modules/@tensorflow"), join(app, "node_modules/@tensorflow"));
  return {
    folder: app,
    tarball,
    installed: join(app, "node_modules/@lectern/client"),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

const npm = (args: string[], cwd: string) => run("npm", [...args, "--loglevel=error"], { cwd });
