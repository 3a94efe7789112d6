import { mkdir, writeFile } from "node:fs/promises";
import { cpus, loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { launchChromium } from "../../tests/browser/chromium.ts";
import { serveEntry } from "../../tests/browser/serve-entry.ts";
import { makeSmallTeacher } from "../../tests/browser/small-teacher.ts";
import { median } from "./pairs.ts";

/**
 * npm run bench:worker-fps [-- --seconds 10 --rounds 3]: how smooth a page is in Chromium while a LeNet learns on wasm, in
 * a worker and, beside it, in the page itself, and while nothing learns, which shows what the machine does by itself. In
 * turn, `rounds` times.
 */
const { values } = parseArgs({
  options: { seconds: { type: "string", default: "10" }, rounds: { type: "string", default: "3" } },
});
const places = ["nothing", "worker", "page"] as const;
type Place = (typeof places)[number];
const tooLateMs = 20;

const made = await makeSmallTeacher();
const teacher = { signed: made.signed, weights: Array.from(made.weights) };
const [entry, browser] = await Promise.all([serveEntry("../../bench/client/fps-entry.ts"), launchChromium()]);
const found: Record<Place, { intervals: number[]; steps: number }> = {
  nothing: { intervals: [], steps: 0 },
  worker: { intervals: [], steps: 0 },
  page: { intervals: [], steps: 0 },
};
const load = loadavg()[0]!;
try {
  for (let round = 0; round < Number(values.rounds); round++)
    for (const place of places) {
      const page = await browser.newPage();
      await page.goto(entry.url);
      await page.waitForFunction(() => "measureFrames" in window);
      const frames = await page.evaluate(
        ([place, teacher, seconds]) => window.measureFrames(place, teacher, seconds),
        [place, teacher, Number(values.seconds)] as const,
      );
      found[place].intervals.push(...frames.intervals);
      found[place].steps += frames.steps;
      await page.close();
    }
} finally {
  await Promise.all([browser.close(), entry.stop()]);
}

const seconds = Number(values.seconds) * Number(values.rounds);
const rows = places.map((place) => {
  const { intervals, steps } = found[place];
  const late = intervals.filter((ms) => ms > tooLateMs).length / intervals.length;
  const sorted = intervals.toSorted((a, b) => a - b);
  return {
    lesson: place === "nothing" ? "none" : `in the ${place}`,
    frames: intervals.length,
    framesPerSecond: intervals.length / seconds,
    medianMs: median(intervals),
    percentile99Ms: sorted[Math.floor(0.99 * sorted.length)]!,
    lateShare: late,
    stepsPerSecond: steps / seconds,
  };
});
process.stdout.write(
  `load ${load.toFixed(1)} on ${cpus().length} cores; LeNet on wasm, ${seconds} s each\nlesson          frames/s  median ms  99 % ms  later than ${tooLateMs} ms  steps/s\n`,
);
for (const row of rows)
  process.stdout.write(
    `${row.lesson.padEnd(15)} ${row.framesPerSecond.toFixed(1).padStart(8)} ${row.medianMs.toFixed(1).padStart(10)} ${row.percentile99Ms.toFixed(1).padStart(8)} ${(100 * row.lateShare).toFixed(1).padStart(15)} % ${row.stepsPerSecond.toFixed(1).padStart(8)}\n`,
  );
const folder = fileURLToPath(new URL("../results/", import.meta.url));
await mkdir(folder, { recursive: true });
const result = { processor: cpus()[0]!.model.trim(), cores: cpus().length, load, seconds, tooLateMs, rows };
await writeFile(`${folder}worker-fps.json`, `${JSON.stringify(result, null, 2)}\n`);
