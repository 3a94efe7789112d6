/** `npm run bench:api`: the figures of docs/performance-api.md. */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { generateToken } from "../../scripts/tokens.ts";
import { compareAll } from "./cases.ts";
import { compareSizes } from "./scale.ts";
import { profileStartup } from "./startup.ts";

const { values } = parseArgs({
  options: {
    out: { type: "string", default: "bench/results/api.json" },
    alternations: { type: "string", default: "9" },
    seconds: { type: "string", default: "0.4" },
    starts: { type: "string", default: "9" },
    only: { type: "string", default: "" },
    teachers: { type: "string", default: "10000" },
  },
});
const print = (line: string) => process.stdout.write(`${line}\n`);
const token = generateToken();

print(
  "load, 16 connections, medians of alternating slices    requests/s   p99 ms   CPU µs    ours/bare: throughput (spread)   p99   CPU (of the least)",
);
const load = await compareAll(token, {
  only: values.only,
  alternations: Number(values.alternations),
  seconds: Number(values.seconds),
  onResult: (name, { ours, bare, throughputRatio, spread, p99Ratio, cpuRatio, leastCpuRatio }) => {
    for (const [who, slice] of [
      ["ours", ours],
      ["bare", bare],
    ] as const) {
      const end =
        who === "ours"
          ? `${throughputRatio.toFixed(2)} (${spread.map((ratio) => ratio.toFixed(2)).join("–")})   ${p99Ratio.toFixed(2)}   ${cpuRatio.toFixed(2)} (${leastCpuRatio.toFixed(2)})`
          : "";
      print(
        `${name.padEnd(44)} ${who.padEnd(8)} ${slice.requestsPerSecond.toFixed(0).padStart(12)} ${slice.p99.toFixed(2).padStart(8)} ${slice.cpuMicroseconds.toFixed(0).padStart(8)}    ${end}`,
      );
    }
  },
});

print("\na cold read, by teachers in the database (10 versions each): least ms (median)");
const scale = await compareSizes(token, [100, Number(values.teachers)], (line) => print(line));

const startup = await profileStartup(Number(values.starts));
print(
  `\nstart-up, active: ${startup.activeMs.toFixed(1)} ms (median of ${startup.profiles} profiles; ${startup.leastMs.toFixed(1)}–${startup.mostMs.toFixed(1)} ms)`,
);

await mkdir(dirname(values.out), { recursive: true });
const about = {
  node: process.version,
  platform: `${process.platform}-${process.arch}`,
  at: new Date().toISOString(),
};
await writeFile(values.out, `${JSON.stringify({ about, load, scale, startup }, null, 2)}\n`);
print(`\n${values.out}`);
