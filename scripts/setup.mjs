// Plain JavaScript for Node 20 and newer, with no dependency: the first thing that runs in a fresh clone.
// usage: node scripts/setup.mjs [SCRIPT [ARGS…]]: installs what the lockfile says, then runs a script on the right Node.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const top = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = join(top, "node_modules", ".bin");

/** True if node_modules holds just what package-lock.json says for this platform. */
function isInstalled() {
  const hidden = join(top, "node_modules", ".package-lock.json");
  if (!existsSync(hidden)) return false;
  const wanted = JSON.parse(readFileSync(join(top, "package-lock.json"), "utf8")).packages;
  const found = JSON.parse(readFileSync(hidden, "utf8")).packages;
  return Object.entries(wanted).every(([path, { version, optional, devOptional, link }]) => {
    if (!path.startsWith("node_modules/") || link) return true;
    return path in found ? found[path].version === version : Boolean(optional || devOptional);
  });
}

function install() {
  process.stderr.write("Setting up: npm ci (once; the npm registry is all it needs)…\n");
  const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: top,
    stdio: ["ignore", "ignore", "inherit"],
    shell: process.platform === "win32",
  });
  if (status !== 0)
    fail("npm ci failed (see above). Check that the npm registry can be reached, and run this again.");
}

/** Node 24 from the lockfile on Linux; elsewhere this one, if it is new enough to run TypeScript. */
function findNode() {
  const pinned = join(bin, "node");
  if (process.platform === "linux" && existsSync(pinned)) return pinned;
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 22 || (major === 22 && minor >= 18)) return process.execPath;
  return fail(
    `This is Node ${process.versions.node}; Lectern needs Node 22.18 or newer here (on Linux it brings its own). ` +
      "Install Node 24 from https://nodejs.org and run this again.",
  );
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

if (!isInstalled()) install();
const node = findNode();
const [target, ...args] = process.argv.slice(2);
if (target) {
  const child = spawn(node, [join(top, target), ...args], {
    cwd: top,
    stdio: "inherit",
    env: { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` },
  });
  // Ctrl-C reaches the child by itself, which ends in its own time; this process waits for it.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  child.on("exit", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 143)));
}
