import { tmpdir } from "node:os";
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { startApi } from "./dev-server.ts";
import { percent, runStory } from "./story.ts";

/** The story of `npm start` for ten seeds, each with its own teacher, rivals and students; a line each. */
const folder = await mkdtemp(join(tmpdir(), "lectern-ten-"));
const api = await startApi({ port: 0, persistTo: join(folder, "api"), quiet: true });
const silent = { onPart: () => {}, onProgress: () => {}, onSaid: () => {} };
const say = (line: string): void => void process.stdout.write(`${line}\n`);
let wins = 0;
try {
  say("seed  teacher   best fixed loss                       relative  students won");
  for (let seed = 1; seed <= 10; seed++) {
    const s = await runStory({ seed, workers: availableParallelism(), home: folder, api, ...silent });
    const won = s.students.filter(({ teacherError, fixedError }) => teacherError < fixedError).length;
    wins += Number(s.relative < 0);
    const fixed = `${percent(s.meanFixed)} ${s.bestFixed.name} ${s.bestFixed.parameter?.toPrecision(2) ?? ""}`;
    say(
      `${String(seed).padStart(4)}  ${percent(s.meanTeacher).padEnd(8)}  ${fixed.padEnd(36)}  ${(100 * s.relative).toFixed(1).padStart(6)} %  ${won} of ${s.students.length}`,
    );
  }
  say(`The teacher won in ${wins} of 10 runs.`);
} finally {
  await api.stop();
  await rm(folder, { recursive: true, force: true });
}
