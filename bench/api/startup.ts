import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { median } from "./load.ts";

const top = fileURLToPath(new URL("../..", import.meta.url));

export interface Startup {
  /** Milliseconds in which the isolate did something: the middle and the least of the profiles. */
  activeMs: number;
  leastMs: number;
  profiles: number;
}

/** What `wrangler check startup` profiles: the Worker's own start, from evaluating the script to the first event. */
export async function profileStartup(profiles: number): Promise<Startup> {
  const folder = await mkdtemp(join(tmpdir(), "lectern-startup-"));
  try {
    const active: number[] = [];
    for (let i = 0; i < profiles; i++) {
      const wrangler = join(top, "node_modules/wrangler/bin/wrangler.js");
      const { stdout, stderr } = await promisify(execFile)(
        process.execPath,
        [wrangler, "check", "startup", "--outfile", join(folder, "profile.cpuprofile")],
        {
          cwd: top,
          env: { ...process.env, WRANGLER_SEND_METRICS: "false", WRANGLER_SEND_ERROR_REPORTS: "false" },
        },
      );
      const [, ms] = /Active: ([\d.]+) ms/.exec(stdout + stderr) ?? [];
      if (ms === undefined) throw new Error(`wrangler check startup says something else now: ${stdout}`);
      active.push(Number(ms));
    }
    return { activeMs: median(active), leastMs: Math.min(...active), profiles };
  } finally {
    await rm(folder, { recursive: true });
  }
}
