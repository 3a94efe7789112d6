import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { median } from "./load.ts";

const top = fileURLToPath(new URL("../..", import.meta.url));

export interface Startup {
  /** Milliseconds in which the isolate did something: the middle, the least and the most of the profiles. */
  activeMs: number;
  leastMs: number;
  mostMs: number;
  profiles: number;
}

/**
 * What `wrangler check startup` profiles: the Worker's own start, from evaluating the script to the first event. Bundled
 * once, as it is deployed.
 */
export async function profileStartup(profiles: number): Promise<Startup> {
  const folder = await mkdtemp(join(tmpdir(), "lectern-startup-"));
  try {
    const bundle = join(folder, "worker.bundle");
    await wrangler("deploy", "--dry-run", "--outfile", bundle);
    const active: number[] = [];
    for (let i = 0; i < profiles; i++) {
      const outfile = join(folder, "profile.cpuprofile");
      const said = await wrangler("check", "startup", "--worker", bundle, "--outfile", outfile);
      const [, ms] = /Active: ([\d.]+) ms/.exec(said) ?? [];
      if (ms === undefined) throw new Error(`wrangler check startup says something else now: ${said}`);
      active.push(Number(ms));
    }
    return { activeMs: median(active), leastMs: Math.min(...active), mostMs: Math.max(...active), profiles };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function wrangler(...parameters: string[]): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    [join(top, "node_modules/wrangler/bin/wrangler.js"), ...parameters],
    {
      cwd: top,
      env: { ...process.env, WRANGLER_SEND_METRICS: "false", WRANGLER_SEND_ERROR_REPORTS: "false" },
    },
  );
  return stdout + stderr;
}
